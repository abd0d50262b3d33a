import type { Config } from '../../config.ts'
import { openDatabase } from '../../db/open.ts'
import { area, type Finding } from '../start/finding.ts'
import { withTimeLimit } from '../start/time-limit.ts'

const report = area('database')

/** How a server is set up, as it says itself. */
export interface ServerSettings {
  fsync: string
  full_page_writes: string
  synchronous_commit: string
  autovacuum: string
  /** Milliseconds; 0: none. */
  statement_timeout: number
  idle_in_transaction_timeout: number
  max_connections: number
  used_connections: number
  /** Null over a socket. */
  port: number | null
}

const settings = `
select current_setting('fsync') fsync, current_setting('full_page_writes') full_page_writes,
       current_setting('synchronous_commit') synchronous_commit, current_setting('autovacuum') autovacuum,
       (select setting::int from pg_settings where name = 'statement_timeout') statement_timeout,
       (select setting::int from pg_settings where name = 'idle_in_transaction_session_timeout') idle_in_transaction_timeout,
       current_setting('max_connections')::int max_connections,
       (select count(*)::int from pg_stat_activity where backend_type = 'client backend') used_connections,
       inet_server_port() port`

/** Looks at the server's settings, and for a pooler in between. Only reads. */
export async function checkPostgresServer(config: Config['database'] & { dialect: 'postgres' }): Promise<Finding[]> {
  const { database, close } = await openDatabase({ ...config, poolSize: 2 }, { own: false })
  try {
    const late = 'no answer within 5 s'
    const [server] = await withTimeLimit(database.query<ServerSettings>(settings, []), 5_000, late)
    if (!server) return []
    const backends: number[] = []
    for (let turn = 0; turn < 6; turn++) {
      const [row] = await withTimeLimit(database.query<{ pid: number }>('select pg_backend_pid() pid', []), 5_000, late)
      if (row) backends.push(row.pid)
    }
    const port = Number(new URL(config.url).port || 5432)
    return [...judgeSettings(server, config.poolSize), ...judgePooler({ port, server: server.port, backends })]
  } catch {
    return [] // That it cannot be reached is told by another check.
  } finally {
    await withTimeLimit(close(), 1_000, '').catch(() => {})
  }
}

export function judgeSettings(server: ServerSettings, poolSize: number): Finding[] {
  const off = (['fsync', 'full_page_writes'] as const).filter(name => server[name] === 'off')
  const findings = off.map(name =>
    report.fail(`${name} is off: a power failure can damage the database`, `Set ${name} = on.`),
  )
  if (server.synchronous_commit === 'off') {
    const text = 'synchronous_commit is off: a crash of the server loses runs that were answered with 202'
    findings.push(report.warn(text, 'Set synchronous_commit = on, for the user of DATABASE_URL at least.'))
  }
  if (server.autovacuum === 'off') {
    findings.push(report.warn('autovacuum is off: the queue gets slower and slower', 'Set autovacuum = on.'))
  }
  for (const [name, ms] of [
    ['statement_timeout', server.statement_timeout],
    ['idle_in_transaction_session_timeout', server.idle_in_transaction_timeout],
  ] as const) {
    if (ms > 0 && ms < 10_000) {
      const text = `${name} is ${ms} ms: what takes longer on a busy day fails`
      findings.push(report.warn(text, `Set ${name} to 30s or more for the user of DATABASE_URL.`))
    }
  }
  const left = server.max_connections - server.used_connections
  const text = `${server.used_connections} of ${server.max_connections} connections are used`
  if (left < poolSize + 1) {
    const advice = 'Lower DATABASE_POOL_SIZE of each process, or raise max_connections.'
    findings.push(report.warn(`${text}: another process with ${poolSize + 1} would not find room`, advice))
  } else findings.push(report.ok(text))
  if (findings.length === 1) findings.push(report.ok('fsync, synchronous_commit and autovacuum are on'))
  return findings
}

/** @param backends who answered on one connection, turn by turn */
export function judgePooler(seen: { port: number; server: number | null; backends: number[] }): Finding[] {
  if (new Set(seen.backends).size > 1) {
    const text = 'a pooler lends a connection for one transaction: hints by LISTEN do not come through'
    return [report.warn(text, 'Set DATABASE_URL to the server itself or to a pooler of sessions, or set REDIS_URL.')]
  }
  if (seen.server === null || seen.server === seen.port) return []
  return [
    report.note(`the server itself listens on port ${seen.server}: a proxy, a pooler or a container is in between`),
  ]
}
