import type { SubjectCalls } from '../subject.ts'

/** What the bench asks of our own queue besides. */
export interface OurCalls extends SubjectCalls {
  enqueue(input: { jobs: number; batch: number }): Promise<null>
  tidy(input: null): Promise<null>
  /** Deletes every job. */
  empty(input: null): Promise<null>
  fill(input: { waiting: number; finished: number; tenants: number }): Promise<null>
  fairness(input: FairnessInput): Promise<FairnessResult>
  claims(input: { jobs: number; batch: number; singles: number }): Promise<ClaimTimes>
  workSome(input: { jobs: number; concurrency: number }): Promise<WorkTimes>
  workAll(input: { concurrency: number; handlerMs: number }): Promise<Share>
  steady(input: { perSecond: number; seconds: number; slices: number }): Promise<Slice[]>
}

export interface FairnessInput {
  /** Jobs of the other tenant that wait at first. */
  prefill: number
  /** The fewest of them that are let wait. */
  keep: number
  jobs: number
  perSecond: number
  concurrency: number
  handlerMs: number
}

export interface FairnessResult {
  /** Of the tenant that sends a few. */
  waits: number[]
  /** Jobs of the other that wait at the end. */
  left: number
  /** Jobs of the other that began meanwhile. */
  othersPerSecond: number
}

export interface ClaimTimes {
  /** Milliseconds of claiming for 1,000 jobs, in the second half of the way through the backlog. */
  perThousandMs: number
  /** Median of claims that find a single job, after that. */
  singleMs: number
}

export interface WorkTimes {
  /** Milliseconds of a process for 200 jobs, claimed and settled. */
  per200Ms: number
  claimMsPer200: number
}

/** One process's part in working a queue off. */
export interface Share {
  handled: number
  /** In wall milliseconds: the beginning of its first job, and when it saw that nothing was left. */
  beganAt: number
  emptyAt: number
}

/** A stretch of a long run. */
export interface Slice {
  claimMs: number
  /** At its end. */
  tableBytes: number
  waiting: number
}
