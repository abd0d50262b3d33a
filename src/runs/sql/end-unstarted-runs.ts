import type { Usage } from '../../agents/step.ts'
import type { Transaction } from '../../db/database.ts'
import type { RunError } from '../run.ts'

interface Ending {
  runIds: string[]
  status: 'cancelled' | 'failed'
  error: RunError | null
  /** Milliseconds since 1970. */
  now: number
}

const sqlite = `
update runs set status = ?2, error = ?3, finished_at = ?4
where id in (select value from json_each(?1)) and finished_at is null
returning id, input_tokens, output_tokens`

const postgres = `
update runs set status = $2, error = $3::json, finished_at = $4::timestamptz
where id = any(array(select json_array_elements_text($1::json))) and finished_at is null
returning id, input_tokens, output_tokens`

/** Ends runs that no worker holds: the same transaction has ended their jobs. */
export async function endUnstartedRuns(
  tx: Transaction,
  { runIds, status, error, now }: Ending,
): Promise<{ id: string; usage: Usage }[]> {
  const rows = await tx.query<{ id: string; input_tokens: number; output_tokens: number }>(
    tx.dialect === 'sqlite' ? sqlite : postgres,
    [JSON.stringify(runIds), status, error && JSON.stringify(error), now],
  )
  return rows.map(({ id, input_tokens, output_tokens }) => ({
    id,
    usage: { input_tokens, output_tokens, total_tokens: input_tokens + output_tokens },
  }))
}
