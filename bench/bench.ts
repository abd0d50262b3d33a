import type { ParseArgsConfig } from 'node:util'
import type { Floor, Report } from './report.ts'

/** One thing that `bun run bench` can measure. */
export interface Bench {
  name: string
  summary: string
  floors: Floor[]
  /** Flags besides those of every bench. */
  flags: NonNullable<ParseArgsConfig['options']>
  help?: string
  /** A missed floor is a failure of the command. */
  decides?: true
  run(report: Report, flags: BenchFlags): Promise<void>
}

export interface BenchFlags {
  /** Where CPU profiles of the services under test go; undefined: none are made. */
  profile: string | undefined
  seconds: number | undefined
  engines: Engine[]
  /** What was said of each flag, as it was said: `true` of one without a value. */
  said: ReadonlyMap<string, string | true>
}

/** To be told to the user as it is, with exit code 2. */
export class WrongUsage extends Error {}

export const engines = ['sqlite', 'postgres'] as const
export type Engine = (typeof engines)[number]

export const secondsFlag = { seconds: { type: 'string' } } as const
export const engineFlag = { engine: { type: 'string' } } as const
export const profileFlag = { profile: { type: 'string' } } as const
