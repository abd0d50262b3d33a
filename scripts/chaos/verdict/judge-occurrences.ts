import type { Planned } from '../work/schedules.ts'
import type { OccurrenceRecord, RunRecord } from './records.ts'

/** How late the last one may be when schedules are paused. */
const lagMs = 5_000

const outcomes: Record<Planned['overlap'], readonly string[]> = {
  allow: ['fired'],
  queue: ['fired'],
  skip: ['fired', 'skipped'],
  cancel_previous: ['fired', 'skipped'],
}

export interface OccurrencesToJudge {
  schedule: Planned
  /** Its own, in the order of time. */
  occurrences: readonly OccurrenceRecord[]
  runs: ReadonlyMap<string, RunRecord>
  /** When it was paused, by the machine's clock. */
  pausedAt: number
  /** Whether all processes go by one clock that nobody sets. */
  oneClock: boolean
}

/** Each time of the rule once, by arithmetic of our own; each with one run of its own, or with the reason of its policy. */
export function judgeOccurrences({ schedule, occurrences, runs, pausedAt, oneClock }: OccurrencesToJudge): string[] {
  const { first, stepMs, overlap } = schedule
  const wrong: string[] = []
  const last = occurrences.at(-1)?.fireAt ?? first - (stepMs ?? 0)
  const expected: number[] = []
  for (let time = first; time <= last; time += stepMs ?? Number.POSITIVE_INFINITY) expected.push(time)
  const times = occurrences.map(({ fireAt }) => fireAt)
  const missing = expected.filter(time => !times.includes(time))
  const odd = times.filter(time => !expected.includes(time))
  if (missing.length > 0) wrong.push(`did not fire at ${missing.map(iso).join(', ')}`)
  if (odd.length > 0) wrong.push(`fired at ${odd.map(iso).join(', ')}, which is no time of its rule`)
  if (new Set(times).size < times.length) wrong.push('has an occurrence twice')
  const due = stepMs === null ? first : pausedAt - lagMs - stepMs
  if (last < due && first <= due) wrong.push(`came to a halt after ${iso(last)}; it was paused at ${iso(pausedAt)}`)

  for (const { fireAt, outcome, runId, createdAt } of occurrences) {
    if (!outcomes[overlap].includes(outcome)) wrong.push(`${iso(fireAt)} is ${outcome}`)
    if (oneClock && createdAt < fireAt) wrong.push(`${iso(fireAt)} was fired ${fireAt - createdAt} ms too early`)
    const run = runId === null ? undefined : runs.get(runId)
    if (outcome === 'fired' && run?.fireAt !== fireAt)
      wrong.push(`${iso(fireAt)} has not its run: ${JSON.stringify(run)}`)
  }
  return wrong.map(text => `schedule ${schedule.name}: ${text}`)
}

const iso = (ms: number): string => new Date(ms).toISOString()
