import type { ClaimedJob } from './job.ts'

/** Of its places, a worker that has at least so many keeps one in so many for guests. */
const guestShare = 10
/** It does so as long as one has come in this time. */
const guestMs = 10_000

/**
 * Whose jobs a worker is working off. A tenant that has none among them is a guest: its next job need not wait for a
 * claim, since it would be served in its turn anyway.
 */
export class Backlog {
  readonly #guestRoom: number
  #claimed: ClaimedJob[] | undefined
  #guestsUntil = 0

  constructor(concurrency: number) {
    this.#guestRoom = Math.floor(concurrency / guestShare)
  }

  noteClaim(jobs: ClaimedJob[]): void {
    if (jobs.length > 0) this.#claimed = jobs
  }

  /** Among the last claimed there was one of this tenant; before the first claim that may be anybody. */
  isOf(tenantId: string): boolean {
    return this.#claimed?.some(job => job.tenantId === tenantId) ?? true
  }

  noteGuest(): void {
    this.#guestsUntil = performance.now() + guestMs
  }

  /** One has come not long ago. */
  get hasGuests(): boolean {
    return this.#guestsUntil > 0 && performance.now() < this.#guestsUntil
  }

  /** Places that claims leave free. */
  get guestRoom(): number {
    return this.hasGuests ? this.#guestRoom : 0
  }
}
