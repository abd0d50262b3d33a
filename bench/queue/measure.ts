import type { Report } from '../report.ts'
import type { Servers } from './servers.ts'
import type { Sizes } from './sizes.ts'
import type { Entrant } from './subjects.ts'

/** What every measure is given. */
export interface MeasureContext {
  report: Report
  servers: Servers
  sizes: Sizes
  /** Those that are there, ours included. */
  entrants: Entrant[]
}

export type Measure = (context: MeasureContext) => Promise<void>
