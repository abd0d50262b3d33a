import { and, eq } from 'drizzle-orm'
import { audit } from '../audit/audit.ts'
import type { Actor } from '../context.ts'
import type { Transaction } from '../db/database.ts'
import { AppError, notFound } from '../errors.ts'
import { queueTime } from '../queue/time.ts'
import { refuseRemoved } from './change-schedule.ts'
import { type FireContext, scheduledAgent } from './fire-due.ts'
import type { Occurrence } from './occurrence.ts'
import { readSchedule, selectSchedule } from './read-schedule.ts'
import { lockSchedule, readNow } from './sql/lock-schedule.ts'
import { startOccurrences } from './start-occurrences.ts'
import { tellStarted } from './tell-started.ts'

/**
 * Starts a run of a schedule now, also of one that is paused or at its end, and whether or not an earlier one is final: only
 * `queue` and `cancel_previous` are heeded. The next time of the rule stays.
 * @throws AppError not_found (schedule, agent, thread), conflict
 */
export async function triggerSchedule(app: FireContext, actor: Actor, id: string): Promise<Occurrence> {
  const { agent } = await readSchedule(app, actor, id)
  const current = await scheduledAgent(app, actor.tenantId, agent)
  if (current === null) throw notFound('agent', agent)
  const started = await app.database.transaction(async tx => {
    await lockSchedule(tx, id)
    const schedule = await selectSchedule(tx, actor, id)
    refuseRemoved(schedule)
    if (schedule.agent !== agent) throw new AppError('conflict', `Schedule ${id} is just being changed. Try again.`)
    const queueNow = queueTime(tx, app.clock)
    const now = await readNow(tx, queueNow)
    const fires = [await freeTime(tx, id, now)]
    const start = { schedule, origin: 'trigger' as const, fires, missed: [], agent: current }
    const trace = { tracer: app.tracer, span: actor.span }
    const outcome = await startOccurrences(tx, [start], { now, queueNow, outbox: app.outbox, trace })
    const failed = outcome.occurrences.find(occurrence => occurrence.outcome === 'failed')
    // Nobody would look for a failure that the caller has been told of.
    if (failed) throw new AppError('not_found', failed.detail ?? 'It could not be started.')
    const details = { agent, run_id: outcome.runs[0]?.id ?? null }
    await audit(tx, actor, { action: 'schedule.triggered', target: { type: 'schedule', id }, details }, now)
    return outcome
  })
  app.emit('audit.recorded', { action: 'schedule.triggered' })
  tellStarted(app, started, () => ({ agent, lagMs: 0 }))
  const [occurrence] = started.occurrences
  if (!occurrence) throw new AppError('conflict', `Schedule ${id} is just being triggered. Try again.`)
  return occurrence
}

/** A time between two seconds that no occurrence has: the whole ones are the rule's. */
async function freeTime(
  { orm, tables: { occurrences } }: Transaction,
  scheduleId: string,
  now: number,
): Promise<number> {
  for (let fireAt = now; ; fireAt++) {
    if (fireAt % 1_000 === 0) continue
    const [taken] = await orm
      .select({ fireAt: occurrences.fireAt })
      .from(occurrences)
      .where(and(eq(occurrences.scheduleId, scheduleId), eq(occurrences.fireAt, fireAt)))
    if (!taken) return fireAt
  }
}
