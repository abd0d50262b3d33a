import { and, desc, eq, lt } from 'drizzle-orm'
import type { Actor, AppContext } from '../context.ts'
import { toRun } from '../runs/read-run.ts'
import type { Run } from '../runs/run.ts'
import { type Occurrence, type OccurrenceOutcome, toOccurrence } from './occurrence.ts'
import { readSchedule } from './read-schedule.ts'

export interface PastOccurrence extends Occurrence {
  run: Run | null
}

/** The latest first, each with its run. @throws AppError not_found */
export async function listOccurrences(
  app: Pick<AppContext, 'database'>,
  actor: Actor,
  scheduleId: string,
  { outcome, before, limit }: { outcome?: OccurrenceOutcome | undefined; before?: number | undefined; limit: number },
): Promise<PastOccurrence[]> {
  await readSchedule(app, actor, scheduleId)
  const { occurrences, runs } = app.database.tables
  const rows = await app.database.orm
    .select({ occurrence: occurrences, run: runs })
    .from(occurrences)
    .leftJoin(runs, eq(runs.id, occurrences.runId))
    .where(
      and(
        eq(occurrences.scheduleId, scheduleId),
        outcome === undefined ? undefined : eq(occurrences.outcome, outcome),
        before === undefined ? undefined : lt(occurrences.fireAt, before),
      ),
    )
    .orderBy(desc(occurrences.fireAt))
    .limit(limit)
  return rows.map(({ occurrence, run }) => ({ ...toOccurrence(occurrence), run: run && toRun(run) }))
}
