import type { DatabaseConfig } from '../../config.ts'
import { openDatabase } from '../../db/open.ts'
import { area, type Finding } from './finding.ts'
import { checkMigrations } from './migrations.ts'
import { withTimeLimit } from './time-limit.ts'

const report = area('database')
const timeLimitMs = 5_000
/** `as materialized` came with it. */
const oldest = 12

interface ServerRow {
  version: string
  number: number
  database: string
  read_only: string
  connections: number
}

const aboutServer = `
select current_setting('server_version') as version, current_setting('server_version_num')::int as number,
       current_database()::text as database, current_setting('transaction_read_only') as read_only,
       current_setting('max_connections')::int as connections`

export async function checkPostgres(config: DatabaseConfig & { dialect: 'postgres' }): Promise<Finding[]> {
  const { host } = new URL(config.url)
  const { database, close } = await openDatabase({ ...config, poolSize: 1 }, { own: false })
  try {
    const late = `no answer within ${timeLimitMs / 1000} s`
    const [server] = await withTimeLimit(database.query<ServerRow>(aboutServer, []), timeLimitMs, late)
    if (!server) return [report.fail(`${host} says nothing of itself`, adviceFor(undefined))]
    return [
      report.ok(`Postgres ${server.version}, database ${server.database} on ${host}`),
      ...serverFindings(server, config.poolSize),
      ...(await withTimeLimit(checkMigrations(database), timeLimitMs, late)),
    ]
  } catch (error) {
    const { code, message } = error instanceof Error ? withCode(error) : { code: undefined, message: String(error) }
    return [report.fail(`${host} cannot be used: ${message}`, adviceFor(code))]
  } finally {
    // One that does not answer may not say goodbye either.
    await withTimeLimit(close(), 1_000, '').catch(() => {})
  }
}

function serverFindings(server: ServerRow, poolSize: number): Finding[] {
  const findings: Finding[] = []
  if (server.number < oldest * 10_000) {
    findings.push(report.fail(`Postgres ${server.version} is too old`, `Use version ${oldest} or newer.`))
  }
  if (server.read_only === 'on') {
    findings.push(report.fail('it takes no writes', 'Set DATABASE_URL to the primary, not to a replica.'))
  }
  // One more listens.
  if (poolSize + 1 > server.connections) {
    findings.push(
      report.warn(
        `it takes ${server.connections} connections, and this process alone may open ${poolSize + 1}`,
        'Lower DATABASE_POOL_SIZE, or raise max_connections.',
      ),
    )
  }
  return findings
}

const withCode = (error: Error): { code: string | undefined; message: string } => {
  const code = 'code' in error ? String(error.code) : undefined
  return { code, message: error.message || code || 'unknown' }
}

function adviceFor(code: string | undefined): string {
  switch (code) {
    case '28P01':
    case '28000':
      return 'Check user and password in DATABASE_URL, and pg_hba.conf.'
    case '3D000':
      return 'Create the database, or correct its name in DATABASE_URL.'
    case '42501':
      return 'Give the user of DATABASE_URL rights on the schema.'
    case 'ENOTFOUND':
      return 'Correct the host in DATABASE_URL.'
    default:
      return 'Check host and port in DATABASE_URL, that the server is up, and that it takes connections from here.'
  }
}
