import type { Json } from '../json.ts'
import type { JobState } from './job-state.ts'

export interface NewJob {
  id: string
  tenantId: string
  queue: string
  kind: string
  payload: Json
  /** Lower goes first; default 0. */
  priority?: number
  /** Milliseconds from now; default 0. */
  delayMs?: number
  maxAttempts: number
  /** Jobs of one key run one at a time, in the order in which they were enqueued. */
  orderKey?: string | null
  /** When it is discarded, its order key lets nothing pass until it is tried again or cancelled. */
  orderBlocks?: boolean
  /** Jobs of one key share the limits per key of their queue. */
  limitKey?: string | null
  unique?: UniqueRule | null
  /** Milliseconds that one attempt may take; default: as long as it likes. */
  timeoutMs?: number | null
  /** Ids of jobs that must have ended before it begins; inserted before it, or with it. */
  dependsOn?: string[]
  /** It begins also when one that it depends on was cancelled or discarded; else it is cancelled then. */
  runsAfterFailure?: boolean
  /** Insert it already leased by this worker, if its order key lets it run at once. */
  handOffTo?: string | null
  /** Only where nothing of its tenant waits on its queue: it may pass by the jobs of others, and by none of its own. */
  handOffUnlessWaiting?: boolean
  /** The span that makes it, as it is handed over; without: that is not traced. */
  traceParent?: string | null | undefined
}

/** What an enqueuer wants when there is a job with the same unique key already. */
export interface UniqueRule {
  /** Unique among all jobs: its maker puts the tenant and the kind into it. */
  key: string
  /** A job holds its key as long as it is in one of these. */
  states: readonly JobState[]
  /** Milliseconds after which the key is free again whatever the state; null: only by the state. */
  forMs: number | null
  /**
   * `keep`: the earlier job stays as it is, and nothing is inserted. `replace` (debounce): where the earlier one has not
   * begun it takes this one's payload and time, but is never due later than `maxDelayMs` after it was made.
   */
  onConflict: { kind: 'keep' } | { kind: 'replace'; maxDelayMs: number | null }
}

/** A job that this process may work on, until its lease ends. `(id, attempt)` fences every write. */
export interface ClaimedJob {
  id: string
  tenantId: string
  queue: string
  kind: string
  payload: Json
  attempt: number
  maxAttempts: number
  /** It has an order key: others may wait for its end. */
  ordered: boolean
  limitKey?: string | null
  timeoutMs?: number | null
  /** Milliseconds from when it was due to the end of the lease it was claimed with. Without: it was handed over when it was made. */
  dueToLeaseEndMs?: number
  /** What made it, where that is traced. */
  traceParent?: string | null | undefined
  /** Id of the claim by which it was taken together with others; without: its row says that it runs. */
  claim?: string | undefined
}

/** What an attempt decided. */
export type Outcome =
  | { kind: 'completed'; result?: Json }
  /** `pausesKey`: nothing else of its limit key begins before it, on any process. */
  | { kind: 'retry'; delayMs: number; message: string; pausesKey?: boolean }
  | { kind: 'snooze'; delayMs: number }
  | { kind: 'cancel' }
  | { kind: 'discard'; message: string }
  /** Cut off by a shutdown: available at once, the attempt not counted. */
  | { kind: 'interrupted' }

export interface Settlement {
  jobId: string
  attempt: number
  outcome: Outcome
  /** Where it has completed it is deleted instead of being kept for a while. */
  forgets?: boolean
  /** As of the `ClaimedJob`. */
  claim?: string | undefined
}
