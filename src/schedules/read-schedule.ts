import { and, eq } from 'drizzle-orm'
import type { Actor, AppContext } from '../context.ts'
import type { Connection } from '../db/database.ts'
import { notFound } from '../errors.ts'
import { type Schedule, toSchedule } from './schedule.ts'

/** @throws AppError not_found, also for a schedule of another tenant */
export const readSchedule = ({ database }: Pick<AppContext, 'database'>, actor: Actor, id: string): Promise<Schedule> =>
  selectSchedule(database, actor, id)

/** @throws AppError not_found */
export async function selectSchedule(
  { orm, tables: { schedules } }: Connection,
  { tenantId }: Actor,
  id: string,
): Promise<Schedule> {
  const [row] = await orm
    .select()
    .from(schedules)
    .where(and(eq(schedules.id, id), eq(schedules.tenantId, tenantId)))
  if (!row) throw notFound('schedule', id)
  return toSchedule(row)
}
