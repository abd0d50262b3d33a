/** A queue under test, ours or another's, as its own program shows it to the bench. */
export interface Subject {
  /** Enqueues jobs that do nothing, by the library's own call for many, `batch` at a time. */
  enqueue(jobs: number, batch: number): Promise<void>
  /** Brings the store into its best state: vacuumed, analysed, checkpointed. */
  tidy(): Promise<void>
  /** Starts workers; `began` is called when a job's handler begins. Returns what ends them. */
  work(began: Began): Promise<() => Promise<void>>
  /** Jobs that wait, or whose end is not stored yet. */
  unfinished(): Promise<number>
  /** Enqueues one job that carries the time; with a worker in this process, the quickest way there is. */
  send(sentAt: number): Promise<void>
}

/** @param wait milliseconds since the time that the job carries; null for one of `enqueue` */
export type Began = (wait: number | null) => void

/** What the bench can ask of a subject's process. */
export interface SubjectCalls {
  /** Enqueue and then work off, after a smaller warm-up. */
  drain(input: { jobs: number; batch: number; warmUp: number }): Promise<DrainTimes>
  /** Send one job after another to a worker in the same process; the waits in milliseconds, from before the enqueue. */
  pickUp(input: { samples: number; restMs: number }): Promise<number[]>
  /** Be the worker of another process that sends. */
  listen(input: null): Promise<null>
  /** The wait of the next job that begins. */
  next(input: null): Promise<number>
  send(input: null): Promise<null>
}

export interface DrainTimes {
  enqueueMs: number
  /** From the beginning of the first job until the end of the last is stored. */
  drainMs: number
}

/** Milliseconds since 1970 with fractions, the same in every process of the machine. */
export const wallMs = (): number => performance.timeOrigin + performance.now()

/** The wait of a job that carries `sentAt`. */
export const waitOf = (payload: { sentAt?: number } | null | undefined): number | null =>
  payload?.sentAt === undefined ? null : wallMs() - payload.sentAt
