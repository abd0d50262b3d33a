import type { Clock } from '../../src/runtime/clock.ts'

/** Stands still until it is moved; queue statements on Postgres take its time too. */
export class FakeClock implements Clock {
  ms = Date.parse('2026-03-01T12:00:00.000Z')
  readonly now = () => this.ms
  readonly pinned = () => this.ms

  advance(ms: number): number {
    this.ms += ms
    return this.ms
  }
}

/** The process's own time, which the statements of a test take too. */
export const runningClock: Clock = { now: Date.now, pinned: Date.now }
