import type { Transaction } from '../../db/database.ts'
import type { ClaimedJob } from '../job.ts'
import { Allowance } from '../limits.ts'
import { isLimited, lockQueue, type QueueSettings, readQueue } from '../queue-settings.ts'
import { claimChosenJobs } from './claim-chosen-jobs.ts'
import type { Claim, TurnClaimed } from './claim-jobs.ts'
import type { ChosenJob } from './fair-jobs.ts'
import { heldKeys } from './held-keys.ts'
import { limitedJobs } from './limited-jobs.ts'
import { readBuckets, writeBuckets } from './rate-buckets.ts'
import { readTime } from './read-time.ts'
import { runningCounts } from './running-counts.ts'
import { nextTurn, type Turn } from './tenant-turns.ts'
import { writeOutClaims } from './write-out-claims.ts'

export interface LimitedClaimed extends TurnClaimed {
  settings: QueueSettings
  /** False where nothing is to be counted any more: neither limits nor pauses. */
  held: boolean
  /** Milliseconds until more may begin because time has passed; Infinity where that changes nothing. */
  waitMs: number
}

/** A key that takes all the places it is given hides the others: they are looked for without it, so many times. */
const passes = 4

/**
 * Takes up to `limit` due jobs of a queue that has limits or paused keys: no more of them than may run at a time, nor than
 * there are tokens, by the counts of all processes. Its claims are made one after the other.
 */
export async function claimLimitedJobs(tx: Transaction, claim: Claim, turn: Turn): Promise<LimitedClaimed> {
  const { queue } = claim
  // Sent together, done in this order: all is read under the lock. On SQLite writing out is more than one statement.
  const first = Promise.all([lockQueue(tx, queue), writeOutClaims(tx, { queue })])
  if (tx.dialect === 'sqlite') await first
  const [, settings, running, [bucket], now] = await Promise.all([
    first,
    readQueue(tx, queue),
    runningCounts(tx, queue),
    readBuckets(tx, queue, ['']),
    readTime(tx, claim.now),
  ])
  const allowance = new Allowance(settings, running, bucket, now)
  const jobs: ClaimedJob[] = []
  let next = turn
  let more = true
  for (let pass = 0; pass < passes && more && jobs.length < claim.limit && allowance.left > 0; pass++) {
    const limit = Math.min(claim.limit - jobs.length, allowance.left)
    const claimed = await claimPass(tx, { ...claim, limit, now }, next, settings, allowance)
    jobs.push(...claimed.jobs)
    next = claimed.next
    more = claimed.more
  }
  await writeBuckets(tx, queue, allowance.charged())
  if (allowance.left < 1) return { jobs, next, more: false, settings, held: true, waitMs: allowance.waitMs }
  const keys = await heldKeys(tx, queue, settings.keyRate, now)
  return { jobs, next, more, settings, held: isLimited(settings) || keys.paused, waitMs: keys.waitMs }
}

async function claimPass(
  tx: Transaction,
  claim: Claim & { now: number },
  turn: Turn,
  { keyConcurrency, keyRate }: QueueSettings,
  allowance: Allowance,
): Promise<TurnClaimed> {
  const { queue, now } = claim
  const perKey = keyConcurrency !== null || keyRate !== null
  const limit = perKey ? Math.min(1_000, 4 * claim.limit + 16) : claim.limit
  const choice = { queue, limit, now, turn, fullKeys: allowance.fullKeys, keyRate }
  const { chosen, seen } = await limitedJobs(tx, choice)
  if (keyRate) {
    const keys = new Set(chosen.flatMap(job => job.limitKey ?? []))
    if (keys.size > 0) allowance.know(await readBuckets(tx, queue, [...keys]))
  }
  const taken: ChosenJob[] = []
  for (const job of chosen) if (taken.length < claim.limit && allowance.take(job.limitKey)) taken.push(job)
  const jobs = taken.length > 0 ? await claimChosenJobs(tx, { ...claim, ids: taken.map(job => job.id) }) : []
  const begun = new Set(jobs.map(job => job.id))
  for (const job of taken) if (!begun.has(job.id)) allowance.giveBack(job.limitKey)

  const lastServed = taken.at(-1)?.tenantId ?? null
  const { next, more } = nextTurn(turn, {
    ...seen,
    limit: claim.limit,
    found: taken.length,
    lastServed,
    position: null,
  })
  return { jobs, next, more: more || (taken.length > 0 && taken.length < chosen.length) }
}
