import type { Run } from '../../api/operations.ts'

export interface Minute {
  /** Seconds since 1970, at its start. */
  at: number
  completed: number
  failed: number
}

/** The runs of the last hour, minute by minute. */
export function minutesOf(runs: Run[], now: number): Minute[] {
  const last = Math.floor(now / 60_000)
  const minutes = Array.from({ length: 60 }, (_, index) => ({ at: (last - 59 + index) * 60, completed: 0, failed: 0 }))
  for (const { finished_at, status } of runs) {
    if (finished_at === null) continue
    const minute = minutes[Math.floor(Date.parse(finished_at) / 60_000) - (last - 59)]
    if (minute && status === 'completed') minute.completed += 1
    if (minute && status === 'failed') minute.failed += 1
  }
  return minutes
}

/** Of those that have ended otherwise than by being cancelled; null: none has. */
export function successShare(runs: Run[]): number | null {
  const ended = runs.filter(({ status }) => status === 'completed' || status === 'failed')
  return ended.length === 0 ? null : ended.filter(({ status }) => status === 'completed').length / ended.length
}

/** Milliseconds that runs have taken, at shares of them; null: none has ended. */
export function durationAt(runs: Run[], share: number): number | null {
  const took = runs
    .flatMap(({ started_at, finished_at }) =>
      started_at && finished_at ? [Date.parse(finished_at) - Date.parse(started_at)] : [],
    )
    .sort((a, b) => a - b)
  return took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? null
}
