import type { InferSelectModel } from 'drizzle-orm'
import type { Tables } from '../db/tables.ts'

/**
 * `fired`: it has a run. `skipped`: a run of an earlier one was not final. `missed`: nobody was awake, and it is not made up
 * for. `failed`: no run could be made.
 */
export const occurrenceOutcomes = ['fired', 'skipped', 'missed', 'failed'] as const
export type OccurrenceOutcome = (typeof occurrenceOutcomes)[number]

/** One time of a schedule. Times are milliseconds since 1970. */
export interface Occurrence {
  scheduleId: string
  fireAt: number
  tenantId: string
  /** The rule came to this time, or somebody triggered it. */
  origin: 'rule' | 'trigger'
  outcome: OccurrenceOutcome
  /** Why it has no run. */
  detail: string | null
  runId: string | null
  /** When that was decided. */
  createdAt: number
}

export const toOccurrence = (row: InferSelectModel<Tables['occurrences']>): Occurrence => ({
  ...row,
  origin: row.origin as Occurrence['origin'], // written by this feature alone
  outcome: row.outcome as OccurrenceOutcome,
})
