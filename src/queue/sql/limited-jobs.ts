import type { Transaction } from '../../db/database.ts'
import type { Rate } from '../queue-settings.ts'
import { head } from './claimed-row.ts'
import { inNoClaim } from './claimed-together.ts'
import { type Choice, type ChosenJob, choiceParams, chooseFairly, fairJobs, fairTexts, toSeen } from './fair-jobs.ts'
import type { Seen } from './tenant-turns.ts'

export interface LimitedChoice extends Choice {
  now: number
  /** Limit keys of which nothing may begin. */
  fullKeys: string[]
  keyRate: Rate | null
}

// Nothing of these keys can begin: so many run already, or they are paused, or no token is left.
const sqliteTexts = fairTexts(
  {
    // Always; SQLite wants every param to be there.
    open: '?5 is not null',
    jobs: `(j.limit_key is null or j.limit_key not in (
      select value from json_each(?5)
      union all select key from rate_buckets b
      where b.queue = ?1 and (b.paused_until > ?3 or b.tokens + max(0, ?3 - b.refilled_at) * 1.0 * ?6 / ?7 < 0.999999)))
    and ${head} and ${inNoClaim.sqlite('?1')}`,
  },
  'id, tenant_id tenantId, limit_key limitKey',
)

const postgres = `
with recursive ${fairJobs(
  {
    open: 'true',
    jobs: `(j.limit_key is null or j.limit_key not in (
      select json_array_elements_text($10::json)
      union all select key from rate_buckets b
      where b.queue = $1 and (b.paused_until > $3::timestamptz or b.tokens +
        greatest(0, extract(epoch from $3::timestamptz - b.refilled_at))::float8 * 1000 * $11::float8 / $12::float8 < 0.999999)))
    and ${head} and ${inNoClaim.postgres('$1')}`,
  },
  '',
)}
(select id, limit_key, tenant_id, null seen from chosen
 order by row_number() over (partition by n order by priority, run_at, id), n)
union all select null, null, null, seen from seen`

/**
 * Due jobs of a queue, tenants by turns, without those of limit keys that are known to be used up. More than are in the
 * choice may be claimed of none of their keys: that is for its caller to count. Passes over the jobs of those keys by the
 * index `jobs_to_claim`, one after the other.
 */
export async function limitedJobs(
  tx: Transaction,
  choice: LimitedChoice,
): Promise<{ chosen: ChosenJob[]; seen: Seen }> {
  const { keyRate } = choice
  const more = [JSON.stringify(choice.fullKeys), keyRate?.limit ?? null, keyRate?.periodMs ?? null]
  if (tx.dialect === 'sqlite') return chooseFairly<ChosenJob>(tx, choice, sqliteTexts, more)
  type Row = { id: string; limit_key: string | null; tenant_id: string; seen: string | null }
  const rows = await tx.query<Row>(postgres, [...choiceParams(choice), ...more])
  const seen = toSeen(rows.pop()?.seen ?? '', choice.limit)
  return { chosen: rows.map(row => ({ id: row.id, limitKey: row.limit_key, tenantId: row.tenant_id })), seen }
}
