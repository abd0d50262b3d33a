import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { audit } from '../audit/audit.ts'
import type { Connection } from '../db/database.ts'
import { pendingMigrations, refuseNewer } from '../db/migrate.ts'
import { PostgresDatabase } from '../db/postgres.ts'
import { AppError } from '../errors.ts'
import { callProgram, clientEnvironment } from './postgres-client.ts'
import { checkDump } from './postgres-dump.ts'
import { findPostgresPrograms, type PostgresPrograms } from './postgres-programs.ts'
import { serverMajor } from './postgres-source.ts'
import { putAside, takeBack } from './replaced-tables.ts'
import type { Restored, RestoreInput } from './restore-backup.ts'
import { stagedName } from './staged-file.ts'

/**
 * Puts a dump into a Postgres database, as one transaction. What stood there is kept in a schema of its own.
 * @throws AppError
 */
export async function restorePostgres(
  { url, pgDump }: { url: string; pgDump: string | null },
  input: RestoreInput,
): Promise<Restored> {
  const database = new PostgresDatabase(url, 2)
  const staged = join(tmpdir(), stagedName('bunkhouse.dump'))
  try {
    await refuseServed(database)
    const empty = await isEmpty(database)
    if (!empty && !input.force) {
      throw new AppError(
        'conflict',
        'The database holds tables already. Set DATABASE_URL to an empty one, or say --force: ours are then kept in a schema of their own.',
      )
    }
    await input.fetch(staged, 'postgres')
    const programs = await findPostgresPrograms(pgDump, await serverMajor(database))
    refuseNewer('postgres', await checkDump(programs, staged))
    const replaced = empty ? null : await putAside(database, `bunkhouse_replaced_${input.stamp.toLowerCase()}`)
    try {
      await fill(programs, url, staged)
    } catch (error) {
      if (replaced !== null) await takeBack(database, replaced)
      throw error
    }
    const { pending } = await pendingMigrations(database)
    if (pending.length === 0) await database.transaction(tx => audit(tx, input.entry.actor, input.entry.of, input.now))
    return { replaced: replaced && `the schema ${replaced}` }
  } finally {
    await database.close()
    await rm(staged, { force: true })
  }
}

async function fill({ restore }: PostgresPrograms, url: string, file: string): Promise<void> {
  const env = clientEnvironment(url)
  const how = ['--no-owner', '--no-privileges', '--exit-on-error', '--single-transaction', '--no-password']
  await callProgram({ program: restore, args: [...how, `--dbname=${env.PGDATABASE ?? 'postgres'}`, file], env })
}

/** By its connections, and, behind a pooler that hides them, by what it says of itself in the database. */
async function refuseServed({ query }: Connection): Promise<void> {
  const [connected] = await query<{ count: number }>(
    `select count(*)::int as count from pg_stat_activity
     where datname = current_database() and application_name = 'bunkhouse' and pid <> pg_backend_pid()`,
    [],
  )
  const [known] = await query<{ name: string | null }>(`select to_regclass('processes')::text as name`, [])
  const [alive] = known?.name
    ? await query<{ count: number }>(
        `select count(*)::int as count from processes where seen_at > now() - interval '1 minute'`,
        [],
      )
    : []
  if ((connected?.count ?? 0) === 0 && (alive?.count ?? 0) === 0) return
  throw new AppError(
    'conflict',
    'A process uses the database, or did within the last minute. Stop all of them first, and wait a minute where one was killed.',
  )
}

async function isEmpty({ query }: Connection): Promise<boolean> {
  const rows = await query(
    `select 1 from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p', 'v', 'm', 'S', 'f') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
       and n.nspname !~ '^bunkhouse_replaced_'
       and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')
     limit 1`,
    [],
  )
  return rows.length === 0
}
