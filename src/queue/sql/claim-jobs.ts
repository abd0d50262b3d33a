import type { Transaction } from '../../db/database.ts'
import { textArray } from '../../db/text-array.ts'
import type { Json } from '../../json.ts'
import type { ClaimedJob } from '../job.ts'
import type { Place } from './claim-behind.ts'
import { postgresTogether, type Together, togetherFrom } from './claim-together.ts'
import { claimedLists, listedJobs } from './claimed-row.ts'
import { choiceParams, chooseFairly, fairJobs, fairTexts, free, toSeen } from './fair-jobs.ts'
import { takeChosen } from './take-chosen.ts'
import { firstTurn, nextTurn, type Turn } from './tenant-turns.ts'

export interface Claim {
  queue: string
  worker: string
  limit: number
  leaseMs: number
  /** Null on Postgres: its own clock. */
  now: number | null
  /** Without: each job is written as running. */
  together?: Together | null
  /** Ids of claims whose jobs all lie before the place where the turn begins: they need no look. */
  passed?: string[]
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

const freeTexts = fairTexts(
  free('sqlite', '?1', '?5'),
  `id, tenant_id tenantId, kind, payload, attempt, max_attempts maxAttempts, order_key is not null ordered,
  limit_key limitKey, timeout_ms timeoutMs, trace_parent traceParent, run_at runAt, rowid place,
  order_key is null and unique_key is null single`,
)

/** Also what is to be known of a job when it is claimed: a statement that changes rows and returns them costs more. */
interface FreeJob {
  id: string
  tenantId: string
  kind: string
  payload: string
  attempt: number
  maxAttempts: number
  ordered: number
  limitKey: string | null
  timeoutMs: number | null
  traceParent: string | null
  runAt: number
  /** Of its row: what finds it again in this transaction. */
  place: number
  /** Neither an order key nor a unique one. */
  single: number
}

const sqlite = `
update jobs set state = 'running', attempt = attempt + 1, worker = ?2, lease_expires_at = ?3,
                started_at = coalesce(started_at, ?4)
where rowid in (select value from json_each(?1))`

const sqliteTogether = `
insert into claims (id, queue, worker, job_ids, claimed_at, lease_expires_at) values (?1, ?2, ?3, ?4, ?5, ?6)`

// The lease and its lock are one statement, and settling is another: fused, they can deadlock.
const postgres = `
with recursive ${fairJobs(free('postgres', '$1', '(select now from clock)'), 'for update of j skip locked')},
${takeChosen({ queue: '$1', worker: '$10', leaseMs: '$11' })}
select seen, ${claimedLists('claimed')} claimed
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
  const { together = null, passed = [] } = claim
  if (tx.dialect === 'sqlite') {
    const { chosen, seen } = await chooseFairly<FreeJob>(tx, choice, freeTexts)
    return {
      jobs: chosen.length > 0 ? await takeOnSqlite(tx, claim, chosen, together) : [],
      held: seen.lastTenant === null,
      last: null,
      ...nextTurn(turn, seen),
    }
  }
  const params = [...choiceParams(choice), worker, leaseMs]
  const [answer] = together
    ? await tx.query<Answer>(postgresTogether, [...params, together.id, textArray(together.kinds), textArray(passed)])
    : await tx.query<Answer>(postgres, params)
  const seen = toSeen(answer?.seen ?? '', limit)
  const jobs = listedJobs(answer?.claimed ?? null, queue)
  if (together && answer?.together) jobs.push(...listedJobs(answer.together, queue, together.id))
  const { tenants, lastServed: tenantId, position } = seen
  const { next, more } = nextTurn(turn, seen)
  return {
    jobs,
    held: seen.lastTenant === null,
    last: tenants === 1 && tenantId !== null && position !== null ? { tenantId, ...position } : null,
    next,
    more: more || jobs.length < seen.found,
  }
}

interface Answer {
  seen: string
  claimed: string | null
  together?: string | null
}

async function takeOnSqlite(
  tx: Transaction,
  { queue, worker, leaseMs, now }: Claim,
  chosen: FreeJob[],
  together: Together | null,
): Promise<ClaimedJob[]> {
  const leaseEnd = (now ?? 0) + leaseMs
  const isBrief = (job: FreeJob) => job.single === 1 && together?.kinds.includes(job.kind) === true
  const brief = new Set(together ? chosen.filter(isBrief) : [])
  const claim = together && brief.size >= togetherFrom ? together.id : undefined
  if (claim !== undefined) {
    const ids = Array.from(brief, job => job.id).join(',')
    await tx.query(sqliteTogether, [claim, queue, worker, ids, now, leaseEnd])
  }
  const others = claim === undefined ? chosen : chosen.filter(job => !brief.has(job))
  if (others.length > 0) {
    await tx.query(sqlite, [JSON.stringify(others.map(job => job.place)), worker, leaseEnd, now])
  }
  return chosen.map(job => begun(job, queue, leaseEnd, brief.has(job) ? claim : undefined))
}

const begun = (
  { id, tenantId, kind, payload, attempt, maxAttempts, ordered, limitKey, timeoutMs, traceParent, runAt }: FreeJob,
  queue: string,
  leaseEnd: number,
  claim: string | undefined,
): ClaimedJob => ({
  id,
  tenantId,
  queue,
  kind,
  payload: JSON.parse(payload) as Json,
  attempt: attempt + 1,
  maxAttempts,
  ordered: ordered === 1,
  limitKey,
  timeoutMs,
  dueToLeaseEndMs: leaseEnd - runAt,
  traceParent,
  claim,
})

/** One claim that begins with the first tenant. */
export const claimJobs = async (tx: Transaction, claim: Claim): Promise<ClaimedJob[]> =>
  (await claimTurn(tx, claim, firstTurn)).jobs
