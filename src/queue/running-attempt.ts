import type { Json } from '../json.ts'
import type { Span } from '../telemetry/tracing/tracer.ts'
import type { AttemptNotes } from './attempt-notes.ts'
import type { ClaimedJob } from './job.ts'
import type { Attempt } from './kind.ts'
import type { LazyAbort } from './lazy-abort.ts'

/** An attempt as its handler sees it. A class, since an object with a getter of its own costs more than the job around it. */
export class RunningAttempt implements Attempt {
  readonly job: ClaimedJob
  readonly warm: unknown
  /** Set by whoever traces it. */
  span: Span | undefined
  readonly #abort: LazyAbort
  readonly #notes: () => AttemptNotes | undefined
  #said: AttemptNotes | undefined

  /** @param notes where what it says goes; undefined when nobody listens any more */
  constructor(job: ClaimedJob, warm: unknown, abort: LazyAbort, notes: () => AttemptNotes | undefined) {
    this.job = job
    this.warm = warm
    this.#abort = abort
    this.#notes = notes
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  // Bound, since handlers take them out of the attempt, and only when they do: most jobs say nothing.
  get log(): (message: string) => void {
    return message => this.#sayer()?.log(message)
  }

  get progress(): (value: Json) => void {
    return value => this.#sayer()?.progress(value)
  }

  get noted(): () => Promise<void> | undefined {
    return () => this.#said?.write()
  }

  #sayer(): AttemptNotes | undefined {
    const notes = this.#notes()
    this.#said = notes
    return notes
  }
}
