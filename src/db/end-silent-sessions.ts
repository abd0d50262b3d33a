import type { Database } from './database.ts'

const postgres = `
select pg_terminate_backend(pid) from pg_stat_activity
where datname = current_database() and usename = current_user and application_name = 'bunkhouse'
  and state = 'active' and wait_event = 'ClientRead' and state_change < clock_timestamp() - interval '10 s'`

/**
 * Ends sessions on Postgres whose process has fallen silent in the middle of a statement, with the locks that they hold:
 * the server's own limit sees only those that are silent between two, and before version 17 it has none for the whole.
 */
export async function endSilentSessions(database: Pick<Database, 'dialect' | 'query'>): Promise<void> {
  if (database.dialect === 'postgres') await database.query(postgres, [])
}
