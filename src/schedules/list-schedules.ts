import { and, desc, eq, inArray, isNotNull, isNull, lt, type SQL } from 'drizzle-orm'
import type { Actor, AppContext } from '../context.ts'
import type { Tables } from '../db/tables.ts'
import { type Schedule, type ScheduleStatus, toSchedule } from './schedule.ts'

export interface ScheduleFilter {
  agent?: string | undefined
  source?: Schedule['source'] | undefined
  status?: ScheduleStatus | undefined
}

/** The newest first. */
export async function listSchedules(
  { database }: Pick<AppContext, 'database'>,
  actor: Actor,
  filter: ScheduleFilter,
  { before, limit }: { before?: string | undefined; limit: number },
): Promise<Schedule[]> {
  const { schedules } = database.tables
  const rows = await database.orm
    .select()
    .from(schedules)
    .where(
      and(
        eq(schedules.tenantId, actor.tenantId),
        actor.agents && inArray(schedules.agent, [...actor.agents]),
        filter.agent === undefined ? undefined : eq(schedules.agent, filter.agent),
        filter.source === undefined ? undefined : eq(schedules.source, filter.source),
        filter.status && hasStatus(schedules, filter.status),
        before === undefined ? undefined : lt(schedules.id, before),
      ),
    )
    .orderBy(desc(schedules.id))
    .limit(limit)
  return rows.map(toSchedule)
}

/** The same as `statusOf` says. */
function hasStatus({ removedAt, pausedAt, nextFireAt }: Tables['schedules'], status: ScheduleStatus): SQL | undefined {
  switch (status) {
    case 'removed':
      return isNotNull(removedAt)
    case 'paused':
      return and(isNull(removedAt), isNotNull(pausedAt))
    case 'active':
      return isNotNull(nextFireAt)
    case 'ended':
      return and(isNull(removedAt), isNull(pausedAt), isNull(nextFireAt))
  }
}
