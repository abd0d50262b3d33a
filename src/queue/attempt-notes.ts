import { isOutage } from '../db/failure.ts'
import type { Json } from '../json.ts'
import type { ClaimedJob } from './job.ts'
import { maxLines } from './sql/job-logs.ts'
import { storableText } from './storable-text.ts'

interface Line {
  message: string
  /** Of the process's clock. */
  at: number
}

/** What one attempt has said since it was last written. */
export interface Said {
  job: ClaimedJob
  lines: Line[]
  /** JSON. */
  progress: string | null
}

/** Of a progress as JSON. A longer one is not kept, and a line of the log says so. */
const maxProgressBytes = 65_536

interface Pen {
  now(): number
  /** Called when there is something to write, or nothing any more. */
  changed(): void
  write(said: Said): Promise<unknown>
}

/** What one attempt says. */
export class AttemptNotes {
  readonly #job: ClaimedJob
  readonly #pen: Pen
  #lines: Line[] = []
  #progress: string | null = null
  #count = 0
  #writing = Promise.resolve()
  #closed = false

  constructor(job: ClaimedJob, pen: Pen) {
    this.#job = job
    this.#pen = pen
  }

  get isWritten(): boolean {
    return this.#lines.length === 0 && this.#progress === null
  }

  log(message: string): void {
    // One more than are kept, by which the log tells that there were more.
    if (this.#closed || this.#count > maxLines) return
    this.#count++
    this.#lines.push({ message: storableText(String(message)), at: this.#pen.now() })
    this.#pen.changed()
  }

  /** @throws TypeError where the value is no JSON */
  progress(value: Json): void {
    if (this.#closed) return
    const text = JSON.stringify(value)
    const bytes = Buffer.byteLength(text)
    if (bytes > maxProgressBytes) {
      this.log(`A progress of ${bytes} bytes was left out: at most ${maxProgressBytes} are kept.`)
      return
    }
    this.#progress = text
    this.#pen.changed()
  }

  /** Resolves when what was said until now is written, or cannot be. */
  write(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#write())
    return this.#writing
  }

  /** Takes no more. `keeps`: whether what is not written yet is to be. */
  async close(keeps: boolean): Promise<void> {
    this.#closed = true
    if (!keeps) this.#take()
    await this.write()
  }

  async #write(): Promise<void> {
    if (this.isWritten) return
    const said = this.#take()
    try {
      await this.#pen.write(said)
    } catch (error) {
      // Whoever holds the pen has told of it.
      if (isOutage(error) && !this.#closed) this.#putBack(said)
    }
  }

  #take(): Said {
    const said = { job: this.#job, lines: this.#lines, progress: this.#progress }
    this.#lines = []
    this.#progress = null
    this.#pen.changed()
    return said
  }

  #putBack({ lines, progress }: Said): void {
    this.#lines = [...lines, ...this.#lines]
    this.#progress ??= progress
    this.#pen.changed()
  }
}
