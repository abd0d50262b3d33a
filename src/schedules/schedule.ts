import type { InferSelectModel } from 'drizzle-orm'
import type { Message } from '../agents/message.ts'
import type { Tables } from '../db/tables.ts'
import type { Json } from '../json.ts'
import type { Rule } from './rule/rule.ts'

/** What becomes of occurrences that nobody was awake for: none is made up for, the last one is, or all within limits. */
export const catchUps = ['skip', 'one', 'all'] as const
export type CatchUp = (typeof catchUps)[number]

/** What an occurrence does while a run of an earlier one is not final. */
export const overlaps = ['allow', 'skip', 'queue', 'cancel_previous'] as const
export type Overlap = (typeof overlaps)[number]

export const scheduleStatuses = ['active', 'paused', 'ended', 'removed'] as const
export type ScheduleStatus = (typeof scheduleStatuses)[number]

/** What somebody decides about a schedule. Times are milliseconds since 1970. */
export interface ScheduleSpec extends Omit<Rule, 'anchorAt'> {
  name: string | null
  agent: string
  input: string | Message[]
  threadId: string | null
  metadata: { [key: string]: Json }
  maxAttempts: number
  timeoutSeconds: number | null
  jitterSeconds: number
  catchUp: CatchUp
  /** Of `all`: how many at most, the latest ones. */
  catchUpLimit: number
  /** Of `one` and `all`: how late at most. Null: however late. */
  catchUpMaxAgeSeconds: number | null
  overlap: Overlap
}

export interface Schedule extends ScheduleSpec, Rule {
  id: string
  tenantId: string
  source: 'file' | 'api'
  fileKey: string | null
  digest: string | null
  nextFireAt: number | null
  nextDueAt: number | null
  lastFireAt: number | null
  pausedAt: number | null
  removedAt: number | null
  createdAt: number
  updatedAt: number
}

/** What a schedule is where nobody said otherwise. */
export const scheduleDefaults = {
  timezone: 'UTC',
  jitterSeconds: 0,
  catchUp: 'one',
  catchUpLimit: 100,
  overlap: 'skip',
} as const satisfies Partial<ScheduleSpec>

export function statusOf({
  removedAt,
  pausedAt,
  nextFireAt,
}: Pick<Schedule, 'removedAt' | 'pausedAt' | 'nextFireAt'>): ScheduleStatus {
  if (removedAt !== null) return 'removed'
  if (pausedAt !== null) return 'paused'
  return nextFireAt === null ? 'ended' : 'active'
}

// What JSON columns hold, and which words stand in text columns, was checked when it was written, by this feature alone.
export const toSchedule = (row: InferSelectModel<Tables['schedules']>): Schedule => ({
  ...row,
  source: row.source as Schedule['source'],
  input: row.input as Schedule['input'],
  metadata: row.metadata as Schedule['metadata'],
  catchUp: row.catchUp as CatchUp,
  overlap: row.overlap as Overlap,
})
