import { and, eq } from 'drizzle-orm'
import { mayUse } from '../catalog/usable-agent.ts'
import type { Actor, AppContext } from '../context.ts'
import type { Connection } from '../db/database.ts'
import { notFound } from '../errors.ts'
import { type Schedule, toSchedule } from './schedule.ts'

/** @throws AppError not_found, also for a schedule of another tenant, or of an agent that the key is not for */
export const readSchedule = ({ database }: Pick<AppContext, 'database'>, actor: Actor, id: string): Promise<Schedule> =>
  selectSchedule(database, actor, id)

/** @throws AppError not_found */
export async function selectSchedule(
  { orm, tables: { schedules } }: Connection,
  actor: Pick<Actor, 'tenantId' | 'agents'>,
  id: string,
): Promise<Schedule> {
  const [row] = await orm
    .select()
    .from(schedules)
    .where(and(eq(schedules.id, id), eq(schedules.tenantId, actor.tenantId)))
  if (!row || !mayUse(actor, row.agent)) throw notFound('schedule', id)
  return toSchedule(row)
}
