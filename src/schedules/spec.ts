import type { Message } from '../agents/message.ts'
import { invalidField } from '../errors.ts'
import type { Json } from '../json.ts'
import { defaultMaxAttempts } from '../runs/create-run.ts'
import { parseTime } from './rule/local-time.ts'
import { isZone } from './rule/zone.ts'
import { type CatchUp, type Overlap, type ScheduleSpec, scheduleDefaults } from './schedule.ts'

/** What is said of a schedule, in a file or over the API. Left out: as before; null: as if it had never been said. */
export interface ScheduleFields {
  name?: string | null | undefined
  agent?: string | undefined
  input?: string | Message[] | undefined
  threadId?: string | null | undefined
  metadata?: { [key: string]: Json } | null | undefined
  maxAttempts?: number | null | undefined
  timeoutSeconds?: number | null | undefined
  cron?: string | null | undefined
  at?: string | null | undefined
  timezone?: string | null | undefined
  startAt?: string | null | undefined
  endAt?: string | null | undefined
  jitterSeconds?: number | null | undefined
  catchUp?: CatchUp | null | undefined
  catchUpLimit?: number | null | undefined
  catchUpMaxAgeSeconds?: number | null | undefined
  overlap?: Overlap | null | undefined
}

const blank: ScheduleSpec = {
  ...scheduleDefaults,
  name: null,
  agent: '',
  input: '',
  threadId: null,
  metadata: {},
  maxAttempts: defaultMaxAttempts,
  timeoutSeconds: null,
  cron: null,
  at: null,
  startAt: null,
  endAt: null,
  catchUpMaxAgeSeconds: null,
}

/** @param before what it was, where it is a change @throws AppError invalid_request for a time that is none */
export function toSpec(fields: ScheduleFields, before: ScheduleSpec = blank): ScheduleSpec {
  const pick = <T>(given: T | null | undefined, kept: T, none: T): T => (given === undefined ? kept : (given ?? none))
  const timezone = pick(fields.timezone, before.timezone, blank.timezone)
  const time = (path: string, text: string | null | undefined, kept: number | null): number | null =>
    text === undefined || text === null ? pick(text, kept, null) : readTime(path, text, timezone)
  const { cron, at } = fields
  return {
    name: pick(fields.name, before.name, blank.name),
    agent: fields.agent ?? before.agent,
    input: fields.input ?? before.input,
    threadId: pick(fields.threadId, before.threadId, blank.threadId),
    metadata: pick(fields.metadata, before.metadata, blank.metadata),
    maxAttempts: pick(fields.maxAttempts, before.maxAttempts, blank.maxAttempts),
    timeoutSeconds: pick(fields.timeoutSeconds, before.timeoutSeconds, blank.timeoutSeconds),
    // One takes the place of the other.
    cron: pick(cron, typeof at === 'string' ? null : before.cron, null),
    at: time('/at', at, typeof cron === 'string' ? null : before.at),
    timezone,
    startAt: time('/start_at', fields.startAt, before.startAt),
    endAt: time('/end_at', fields.endAt, before.endAt),
    jitterSeconds: pick(fields.jitterSeconds, before.jitterSeconds, blank.jitterSeconds),
    catchUp: pick(fields.catchUp, before.catchUp, blank.catchUp),
    catchUpLimit: pick(fields.catchUpLimit, before.catchUpLimit, blank.catchUpLimit),
    catchUpMaxAgeSeconds: pick(fields.catchUpMaxAgeSeconds, before.catchUpMaxAgeSeconds, blank.catchUpMaxAgeSeconds),
    overlap: pick(fields.overlap, before.overlap, blank.overlap),
  }
}

/** @throws AppError invalid_request */
export function readTime(path: string, text: string, timezone: string): number {
  // An unknown zone is told of where the rule is checked.
  const ms = parseTime(text, isZone(timezone) ? timezone : blank.timezone)
  if (ms === null) {
    const message = 'Give an ISO time: 2026-01-31T09:00:00Z, or without Z for one of the time zone.'
    throw invalidField(path, message)
  }
  return ms
}
