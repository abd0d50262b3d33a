import type { Database, Transaction } from '../db/database.ts'
import { newId } from '../runtime/id.ts'
import type { ClaimedJob } from './job.ts'
import type { JobKind } from './kind.ts'
import type { Together } from './sql/claim-together.ts'
import { writeOutClaims } from './sql/write-out-claims.ts'

/** A job that takes longer is written as running, by itself. */
const momentMs = 100

interface OfClaim {
  claim?: string | undefined
}

/**
 * The claims of a worker whose jobs are not written as running. Most end within a moment, all of their jobs completed, and
 * go with the last of them; the others are written out.
 */
export class ClaimsInHand {
  readonly #database: Database
  readonly #onError: (error: unknown) => void
  readonly #kinds: string[]
  /** How many of its jobs have not ended, by the claim's id. */
  readonly #open = new Map<string, number>()
  readonly #timers = new Set<ReturnType<typeof setTimeout>>()

  constructor(database: Database, kinds: JobKind[], onError: (error: unknown) => void) {
    this.#database = database
    this.#onError = onError
    this.#kinds = kinds.filter(isBrief).map(({ kind }) => kind)
  }

  /** What a claim is to be told; null where none of the kinds are brief. */
  next(): Together | null {
    return this.#kinds.length > 0 ? { id: newId('clm'), kinds: this.#kinds } : null
  }

  take(jobs: ClaimedJob[]): void {
    const taken: string[] = []
    for (const { claim } of jobs) {
      if (claim === undefined) continue
      const left = this.#open.get(claim) ?? 0
      if (left === 0) taken.push(claim)
      this.#open.set(claim, left + 1)
    }
    if (taken.length === 0) return
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      const late = taken.filter(claim => this.#open.has(claim))
      if (late.length > 0) this.#writeOut(late).catch(this.#onError)
    }, momentMs)
    this.#timers.add(timer)
  }

  /** It is still by its claim that the job is held. */
  has({ claim }: OfClaim): boolean {
    return claim !== undefined && this.#open.has(claim)
  }

  /** The claims that have no other jobs than these. */
  endingWith(jobs: readonly OfClaim[]): string[] {
    return [...counted(jobs)].flatMap(([claim, count]) => (this.#open.get(claim) === count ? claim : []))
  }

  /** These have ended. */
  ended(jobs: readonly OfClaim[]): void {
    for (const [claim, count] of counted(jobs)) {
      const left = this.#open.get(claim)
      if (left === undefined) continue
      if (left > count) this.#open.set(claim, left - count)
      else this.#open.delete(claim)
    }
  }

  /** Does work that writes about jobs, whose rows have to say that they run. */
  async writtenOut<T>(jobs: readonly OfClaim[], work: (tx: Transaction) => Promise<T>): Promise<T> {
    const claims = [...counted(jobs.filter(job => this.has(job))).keys()]
    if (claims.length === 0) return this.#database.transaction(work)
    const result = await this.#database.transaction(async tx => {
      await writeOutClaims(tx, { ids: claims })
      return work(tx)
    })
    this.#forget(claims)
    return result
  }

  /** Writes out all of them. */
  async writeOut(): Promise<void> {
    if (this.#open.size > 0) await this.#writeOut([...this.#open.keys()])
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
    await this.writeOut().catch(this.#onError)
  }

  async #writeOut(claims: string[]): Promise<void> {
    await this.#database.transaction(tx => writeOutClaims(tx, { ids: claims }))
    this.#forget(claims)
  }

  #forget(claims: string[]): void {
    for (const claim of claims) this.#open.delete(claim)
  }
}

/** It writes nothing of its job by itself, and nothing is kept of it when it has completed. */
const isBrief = (kind: JobKind): boolean => !kind.settlesItself && kind.forgetsCompleted === true

function counted(jobs: readonly OfClaim[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { claim } of jobs) if (claim !== undefined) counts.set(claim, (counts.get(claim) ?? 0) + 1)
  return counts
}
