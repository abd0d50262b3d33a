import type { Database } from '../db/database.ts'
import { isOutage } from '../db/failure.ts'
import { Batcher } from '../runtime/batcher.ts'
import type { Clock } from '../runtime/clock.ts'
import type { FactListener } from '../telemetry/facts.ts'
import { AttemptNotes, type Said } from './attempt-notes.ts'
import type { ClaimsInHand } from './claims-in-hand.ts'
import type { ClaimedJob } from './job.ts'
import { addLogLines, type SaidLine } from './sql/job-logs.ts'
import { saveProgress } from './sql/save-progress.ts'
import { queueTime } from './time.ts'

export interface JobNotesOptions {
  database: Database
  clock: Clock
  emit: FactListener
}

const everyMs = 250

/** What the attempts of a worker say while they run, written for all of them together a few times a second. */
export class JobNotes {
  readonly #options: JobNotesOptions
  readonly #claims: ClaimsInHand
  readonly #writes: Batcher<Said, undefined>
  readonly #unwritten = new Set<AttemptNotes>()
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(options: JobNotesOptions, claims: ClaimsInHand) {
    this.#options = options
    this.#claims = claims
    this.#writes = new Batcher({ maxSize: 200, commit: said => this.#write(said), isShared: isOutage })
  }

  open(job: ClaimedJob): AttemptNotes {
    const { clock } = this.#options
    const notes: AttemptNotes = new AttemptNotes(job, {
      now: clock.now,
      changed: () => this.#willWrite(notes),
      write: said => this.#writes.submit(said),
    })
    return notes
  }

  #willWrite(notes: AttemptNotes): void {
    if (notes.isWritten) this.#unwritten.delete(notes)
    else this.#unwritten.add(notes)
    if (this.#unwritten.size > 0) this.#timer ??= setTimeout(() => this.#writeAll(), everyMs)
    else {
      clearTimeout(this.#timer)
      this.#timer = undefined
    }
  }

  #writeAll(): void {
    this.#timer = undefined
    for (const notes of [...this.#unwritten]) void notes.write()
  }

  async #write(said: Said[]): Promise<undefined[]> {
    try {
      await this.#commit(said)
    } catch (error) {
      this.#options.emit('loop.failed', { loop: 'job notes', error })
      throw error
    }
    return said.map(() => undefined)
  }

  async #commit(said: Said[]): Promise<void> {
    const { database, clock } = this.#options
    const jobs = said.map(({ job }) => job)
    const queueNow = queueTime(database, clock)
    const now = clock.now()
    await this.#claims.writtenOut(jobs, async tx => {
      const reports = said.map(({ job, progress }) => ({ jobId: job.id, attempt: job.attempt, progress }))
      const held = await saveProgress(tx, reports)
      const lines = said.filter(({ job }) => held.get(job.id) === job.attempt).flatMap(each => saidLines(each, now))
      if (lines.length > 0) await addLogLines(tx, lines, queueNow)
    })
  }
}

const saidLines = ({ job, lines }: Said, now: number): SaidLine[] =>
  lines.map(({ message, at }) => ({
    jobId: job.id,
    attempt: job.attempt,
    tenantId: job.tenantId,
    message,
    agoMs: Math.max(0, now - at),
  }))
