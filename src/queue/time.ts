import type { Connection } from '../db/database.ts'
import type { Clock } from '../runtime/clock.ts'

/** "Now" as queue statements take it: the process's time on SQLite, the database's own (null) on Postgres. */
export const queueTime = (connection: Pick<Connection, 'dialect'>, clock: Clock): number | null =>
  connection.dialect === 'sqlite' ? clock.now() : clock.pinned()
