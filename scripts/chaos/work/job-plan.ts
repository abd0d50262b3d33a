import type { ChaosOptions } from '../options.ts'
import { type Random, randomFrom } from '../random.ts'

/** A job that a client wants. */
export interface WantedJob {
  /** Unique for good: so the request may be sent again. */
  key: string
  ms: number
  /** So many attempts fail. */
  failures: number
  /** It is discarded. */
  fatal: boolean
  delaySeconds: number
  /** Keys of jobs of the same request. */
  dependsOn: string[]
}

/** One request for jobs, which are all made or none. */
export interface JobRequest {
  /** Milliseconds from the beginning. */
  at: number
  jobs: WantedJob[]
  /** Number of the line in which its only job takes its turn. */
  line: number | null
  /** It is sent twice at once. */
  twice: boolean
}

const perSecond = 8
export const lineCount = 3

const sorts = ['one', 'one', 'one', 'delayed', 'failing', 'many', 'flow', 'line'] as const

/** The same requests for the same seed and time, whatever the faults. */
export function planJobs({ seed, minutes }: ChaosOptions): JobRequest[] {
  const random = randomFrom(seed, 4)
  return Array.from({ length: Math.round(minutes * 60 * perSecond) }, (_, number) => request(random, number))
}

function request(random: Random, number: number): JobRequest {
  const sort = random.pick(sorts)
  const count = sort === 'many' ? 10 : sort === 'flow' ? 4 : 1
  const jobs = Array.from({ length: count }, (_, index): WantedJob => {
    return {
      key: `job-${number}-${index}`,
      ms: random.chance(0.1) ? random.between(500, 3_000) : random.between(0, 50),
      failures: random.chance(0.1) ? random.between(1, 3) : 0,
      fatal: sort === 'failing',
      delaySeconds: sort === 'delayed' ? random.between(1, 5) : 0,
      dependsOn: [],
    }
  })
  // The last one waits for the others.
  if (sort === 'flow') for (const { key } of jobs.slice(0, -1)) jobs.at(-1)?.dependsOn.push(key)
  return {
    at: (number * 1_000) / perSecond + random.between(0, 1_000 / perSecond),
    jobs,
    line: sort === 'line' ? random.between(0, lineCount - 1) : null,
    twice: random.chance(0.1),
  }
}
