import { audit } from '../audit/audit.ts'
import type { Actor, AppContext } from '../context.ts'
import { invalidField } from '../errors.ts'
import { queueTime } from '../queue/time.ts'
import { newId } from '../runtime/id.ts'
import { checkSpec, explainRule } from './check-spec.ts'
import { nextFireOf } from './next-fire.ts'
import type { Schedule, ScheduleSpec } from './schedule.ts'
import { readNow } from './sql/lock-schedule.ts'

/** What verbs that change schedules use. */
export type ScheduleContext = Pick<AppContext, 'catalog' | 'clock' | 'database' | 'emit'> & {
  /** Tells the scheduler, of whichever process, that a next time may have changed. */
  wakeScheduler(): void
}

/** @throws AppError invalid_request, not_found (agent, thread) */
export async function createSchedule(
  app: ScheduleContext,
  actor: Actor,
  spec: ScheduleSpec,
  { enabled }: { enabled: boolean },
): Promise<Schedule> {
  await checkSpec(app, actor, spec)
  const schedule = await app.database.transaction(async tx => {
    const now = await readNow(tx, queueTime(tx, app.clock))
    const made = { ...newSchedule(spec, now), tenantId: actor.tenantId, pausedAt: enabled ? null : now }
    const row = { ...made, ...(enabled && firstFireOf(made, now)) }
    await tx.orm.insert(tx.tables.schedules).values(row).returning({ id: tx.tables.schedules.id })
    const { id, agent } = row
    await audit(tx, actor, { action: 'schedule.created', target: { type: 'schedule', id }, details: { agent } }, now)
    return row
  })
  app.emit('audit.recorded', { action: 'schedule.created' })
  app.wakeScheduler()
  return schedule
}

/** One that has not been stored yet. */
export const newSchedule = (spec: ScheduleSpec, now: number): Schedule => ({
  ...spec,
  id: newId('sch'),
  tenantId: 'default',
  source: 'api',
  fileKey: null,
  digest: null,
  anchorAt: now,
  nextFireAt: null,
  nextDueAt: null,
  lastFireAt: null,
  pausedAt: null,
  removedAt: null,
  createdAt: now,
  updatedAt: now,
})

/** @throws AppError invalid_request for a rule whose time has passed, or never comes */
export function firstFireOf(schedule: Schedule, now: number) {
  const next = explainRule(schedule, () => nextFireOf(schedule, now))
  if (next.nextFireAt === null) {
    throw invalidField(schedule.cron === null ? '/at' : '/cron', 'From now on, it would never fire.')
  }
  return next
}
