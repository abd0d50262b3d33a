import { sql } from 'drizzle-orm'
import type { Kit } from './kit.ts'

/** What starts runs by itself, and each time that it did. */
export const scheduleTables = (kit: Kit) => {
  const { table, text, int, time, json, index, uniqueIndex, check, primaryKey } = kit
  const tenantId = () => text('tenant_id').notNull().default('default')

  const schedules = table(
    'schedules',
    {
      id: text('id').primaryKey(),
      tenantId: tenantId(),
      name: text('name'),
      /** file | api */
      source: text('source').notNull(),
      /** `agent/name` of one from an agent file. */
      fileKey: text('file_key'),
      /** Of the definition in the file: changes with it. */
      digest: text('digest'),
      agent: text('agent').notNull(),
      input: json('input').notNull(),
      threadId: text('thread_id'),
      metadata: json('metadata').notNull(),
      maxAttempts: int('max_attempts').notNull(),
      timeoutSeconds: int('timeout_seconds'),
      cron: text('cron'),
      at: time('at'),
      timezone: text('timezone').notNull(),
      startAt: time('start_at'),
      endAt: time('end_at'),
      /** What intervals count from. */
      anchorAt: time('anchor_at').notNull(),
      jitterSeconds: int('jitter_seconds').notNull(),
      /** skip | one | all */
      catchUp: text('catch_up').notNull(),
      catchUpLimit: int('catch_up_limit').notNull(),
      catchUpMaxAgeSeconds: int('catch_up_max_age_seconds'),
      /** allow | skip | queue | cancel_previous */
      overlap: text('overlap').notNull(),
      /** The rule's next time; null while it is paused or removed, and at its end. */
      nextFireAt: time('next_fire_at'),
      /** The same with its jitter. */
      nextDueAt: time('next_due_at'),
      /** The last of the rule's times that was dealt with. */
      lastFireAt: time('last_fire_at'),
      pausedAt: time('paused_at'),
      /** Its agent file no longer has it. */
      removedAt: time('removed_at'),
      createdAt: time('created_at').notNull(),
      updatedAt: time('updated_at').notNull(),
    },
    t => [
      index('schedules_by_tenant').on(t.tenantId, t.id),
      index('schedules_by_agent').on(t.tenantId, t.agent, t.id),
      index('schedules_due').on(t.nextDueAt).where(sql`next_due_at is not null`),
      uniqueIndex('schedules_by_file_key').on(t.tenantId, t.fileKey).where(sql`file_key is not null`),
      check('schedule_cron_or_at', sql`(cron is null) <> (at is null)`),
      check('schedule_due_iff_next', sql`(next_fire_at is null) = (next_due_at is null)`),
      check('schedule_next_only_if_live', sql`next_fire_at is null or (paused_at is null and removed_at is null)`),
    ],
  )

  const occurrences = table(
    'occurrences',
    {
      scheduleId: text('schedule_id').notNull(),
      /** The rule's time, a whole second; of one that somebody triggered, when that was, and never a whole second. */
      fireAt: time('fire_at').notNull(),
      tenantId: tenantId(),
      /** rule | trigger */
      origin: text('origin').notNull(),
      /** fired | skipped | missed | failed */
      outcome: text('outcome').notNull(),
      /** Why it has no run. */
      detail: text('detail'),
      runId: text('run_id'),
      createdAt: time('created_at').notNull(),
    },
    t => [
      primaryKey({ columns: [t.scheduleId, t.fireAt] }),
      index('occurrences_with_run').on(t.scheduleId, t.fireAt).where(sql`run_id is not null`),
      check('occurrence_run_iff_fired', sql`(outcome = 'fired') = (run_id is not null)`),
    ],
  )

  return { schedules, occurrences }
}
