import { eq } from 'drizzle-orm'
import { audit } from '../audit/audit.ts'
import type { Actor } from '../context.ts'
import { refuseFromFile } from './change-schedule.ts'
import type { ScheduleContext } from './create-schedule.ts'
import { selectSchedule } from './read-schedule.ts'
import { statusOf } from './schedule.ts'
import { lockSchedule } from './sql/lock-schedule.ts'

/** Deletes a schedule with its history. Its runs stay. @throws AppError not_found; conflict while an agent file has it */
export async function deleteSchedule(
  { clock, database, emit }: Pick<ScheduleContext, 'clock' | 'database' | 'emit'>,
  actor: Actor,
  id: string,
): Promise<void> {
  await database.transaction(async tx => {
    await lockSchedule(tx, id)
    const schedule = await selectSchedule(tx, actor, id)
    if (statusOf(schedule) !== 'removed') refuseFromFile(schedule)
    const { schedules, occurrences } = tx.tables
    await tx.orm.delete(occurrences).where(eq(occurrences.scheduleId, id))
    await tx.orm.delete(schedules).where(eq(schedules.id, id)).returning({ id: schedules.id })
    const details = { agent: schedule.agent }
    await audit(tx, actor, { action: 'schedule.deleted', target: { type: 'schedule', id }, details }, clock.now())
  })
  emit('audit.recorded', { action: 'schedule.deleted' })
}
