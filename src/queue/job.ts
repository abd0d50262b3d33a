import type { Json } from '../json.ts'

export type JobState = 'scheduled' | 'available' | 'running' | 'completed' | 'cancelled' | 'discarded'

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
  /** Insert it already leased by this worker, if its order key lets it run at once. */
  handOffTo?: string | null
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
}

/** What an attempt decided. */
export type Outcome =
  | { kind: 'completed' }
  | { kind: 'retry'; delayMs: number; message: string }
  | { kind: 'snooze'; delayMs: number }
  | { kind: 'cancel' }
  | { kind: 'discard'; message: string }
  /** Cut off by a shutdown: available at once, the attempt not counted. */
  | { kind: 'interrupted' }

export interface Settlement {
  jobId: string
  attempt: number
  outcome: Outcome
}
