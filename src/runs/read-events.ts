import type { Connection } from '../db/database.ts'
import type { RunEvent } from './event.ts'

const columns = `run_id "runId", tenant_id "tenantId", seq, type, data, created_at "createdAt"`
const sqlite = `select ${columns} from run_events where run_id = ?1 and seq > ?2 order by seq limit ?3`
const postgres = `select ${columns} from run_events where run_id = $1 and seq > $2 order by seq limit $3`

/** Events after a number, in order. By hand, so that `data` stays the text it was stored as. */
export function readEvents(
  connection: Pick<Connection, 'dialect' | 'query'>,
  runId: string,
  after: number,
  limit: number,
): Promise<RunEvent[]> {
  return connection.query(connection.dialect === 'sqlite' ? sqlite : postgres, [runId, after, limit])
}

const turns = `type in ('run.started', 'run.waiting', 'approval.resolved', 'run.completed', 'run.failed', 'run.cancelled')`
const turnsSqlite = `select seq, type from run_events where run_id = ?1 and seq > ?2 and ${turns} order by seq`
const turnsPostgres = `select seq, type from run_events where run_id = $1 and seq > $2 and ${turns} order by seq`

/** Where a run began, waited, went on and ended, after a number: few of all its events. */
export function readTurns(
  connection: Pick<Connection, 'dialect' | 'query'>,
  runId: string,
  after: number,
): Promise<Pick<RunEvent, 'seq' | 'type'>[]> {
  return connection.query(connection.dialect === 'sqlite' ? turnsSqlite : turnsPostgres, [runId, after])
}

const lastSqlite = 'select coalesce(max(seq), 0) seq from run_events where run_id = ?1'
const lastPostgres = 'select coalesce(max(seq), 0) seq from run_events where run_id = $1'

export async function lastSeq(connection: Pick<Connection, 'dialect' | 'query'>, runId: string): Promise<number> {
  const [row] = await connection.query<{ seq: number }>(connection.dialect === 'sqlite' ? lastSqlite : lastPostgres, [
    runId,
  ])
  return row?.seq ?? 0
}
