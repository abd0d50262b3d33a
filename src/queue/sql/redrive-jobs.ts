import type { Transaction } from '../../db/database.ts'
import { stateBits } from '../job-state.ts'
import { holdsKey } from './holds-key.ts'

export interface RedriveRow {
  id: string
  /** Null without an order key. */
  orderPosition: number | null
}

const holdsAvailable = `unique_states & ${stateBits(['available'])} <> 0`
const heldByAnother = `exists (
    select 1 from jobs o where o.unique_key = jobs.unique_key and o.id <> jobs.id and ${holdsKey})`

const sqlite = `
update jobs set state = 'available', run_at = ?4, finished_at = null, cancel_requested_at = null, waits_for = 0,
  order_position = ?2, max_attempts = attempt + max_attempts - coalesce(redrives->>'$[#-1].attempt', 0),
  redrives = json_insert(redrives, '$[#]', json_object('at', ?4, 'attempt', attempt, 'state', state, 'by', ?3)),
  unique_key = iif(${holdsAvailable} and coalesce(unique_until > ?4, 1) and not ${heldByAnother}, unique_key, null)
where id = ?1`

const postgres = `
with clock as materialized (select coalesce($3::timestamptz, date_trunc('milliseconds', clock_timestamp())) now),
r as materialized (
  select r.*, row_number() over (partition by jobs.unique_key order by jobs.id) = 1 first
  from json_to_recordset($1::json) as r("id" text, "orderPosition" int) join jobs on jobs.id = r.id)
update jobs set state = 'available', run_at = now, finished_at = null, cancel_requested_at = null, waits_for = 0,
  order_position = r."orderPosition",
  max_attempts = attempt + max_attempts - coalesce((redrives->-1->>'attempt')::int, 0),
  redrives = (redrives::jsonb || jsonb_build_array(jsonb_build_object(
    'at', floor(extract(epoch from now) * 1000), 'attempt', attempt, 'state', state, 'by', $2::text)))::json,
  unique_key = case when ${holdsAvailable} and coalesce(unique_until > now, true) and r.first and not ${heldByAnother}
               then unique_key end
from r, clock where jobs.id = r.id`

/**
 * Makes jobs that the caller has locked available again, with as many attempts as they had at first and with their number
 * going on. A unique key stays theirs only where it is free.
 */
export async function makeAvailable(
  tx: Transaction,
  rows: RedriveRow[],
  { by, now }: { by: string | null; now: number | null },
): Promise<void> {
  if (tx.dialect === 'postgres') await tx.query(postgres, [JSON.stringify(rows), by, now])
  else {
    await tx.queryEach(
      sqlite,
      rows.map(({ id, orderPosition }) => [id, orderPosition, by, now]),
    )
  }
}
