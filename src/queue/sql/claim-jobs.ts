import type { Transaction } from '../../db/database.ts'
import type { ClaimedJob } from '../job.ts'
import type { Place } from './claim-behind.ts'
import { type ClaimedRow, claimedColumns, toClaimedJob } from './claimed-row.ts'
import { choiceParams, chooseFairly, fairJobs, fairTexts, free, toSeen } from './fair-jobs.ts'
import { firstTurn, nextTurn, type Turn } from './tenant-turns.ts'

export interface Claim {
  queue: string
  worker: string
  limit: number
  leaseMs: number
  /** Null on Postgres: its own clock. */
  now: number | null
}

export interface TurnClaimed {
  jobs: ClaimedJob[]
  /** Where the next claim begins. */
  next: Turn
  /** Another claim might find something at once. */
  more: boolean
}

export interface FreeClaimed extends TurnClaimed {
  /** The queue is paused or limited, or one of its keys is paused: its jobs are to be counted. */
  held: boolean
  /** Where the last of them lies, where all of them are of one tenant; always null on SQLite. */
  last: Place | null
}

const freeTexts = fairTexts(free('?1', '?5'))

const sqlite = `
update jobs set state = 'running', attempt = attempt + 1, worker = ?2, lease_expires_at = ?4 + ?3,
                started_at = coalesce(started_at, ?4)
where id in (select value from json_each(?1))
returning ${claimedColumns.sqlite}`

// The lease and its lock are one statement, and settling is another: fused, they can deadlock.
// `any(array(…))`, here and in the statements beside: joined, a table of middling size would be read as a whole.
const postgres = `
with recursive ${fairJobs(free('$1', '(select now from clock)'), 'for update of j skip locked')},
claimed as (
  update jobs set state = 'running', attempt = attempt + 1, worker = $10,
                  lease_expires_at = clock.now + $11::float8 * interval '1 ms',
                  started_at = coalesce(started_at, clock.now)
  from clock where jobs.id = any(array(select id from chosen))
  returning ${claimedColumns.postgres})
select seen, (select json_agg(claimed) from claimed)::text claimed
from seen`

/**
 * Takes up to `limit` due jobs of a queue: those of its tenants by turns, and of each first by priority, then by time.
 * Nothing where the queue is paused or limited. Reads as many entries of the partial index `jobs_to_claim` as it takes, and
 * one or two more for each tenant. Two workers never get the same job: on Postgres the second skips the first one's row
 * locks and then no longer finds the state `available`; SQLite has one writer.
 */
export async function claimTurn(tx: Transaction, claim: Claim, turn: Turn): Promise<FreeClaimed> {
  const { queue, worker, limit, leaseMs, now } = claim
  const choice = { queue, limit, now, turn }
  if (tx.dialect === 'sqlite') {
    const { chosen, seen } = await chooseFairly(tx, choice, freeTexts)
    const ids = JSON.stringify(chosen.map(job => job.id))
    const rows = chosen.length > 0 ? await tx.query<ClaimedRow>(sqlite, [ids, worker, leaseMs, now]) : []
    return {
      jobs: rows.map(row => toClaimedJob(row, queue)),
      held: seen.lastTenant === null,
      last: null,
      ...nextTurn(turn, seen),
    }
  }
  const [answer] = await tx.query<{ seen: string; claimed: string | null }>(postgres, [
    ...choiceParams(choice),
    worker,
    leaseMs,
  ])
  const seen = toSeen(answer?.seen ?? '', limit)
  // As one JSON text: the driver takes each value of a row apart by itself.
  const rows = JSON.parse(answer?.claimed ?? '[]') as ClaimedRow[] // as the statement returns them
  const { tenants, lastServed: tenantId, position } = seen
  return {
    jobs: rows.map(row => toClaimedJob(row, queue)),
    held: seen.lastTenant === null,
    last: tenants === 1 && tenantId !== null && position !== null ? { tenantId, ...position } : null,
    ...nextTurn(turn, seen),
  }
}

/** One claim that begins with the first tenant. */
export const claimJobs = async (tx: Transaction, claim: Claim): Promise<ClaimedJob[]> =>
  (await claimTurn(tx, claim, firstTurn)).jobs
