import type { AppContext } from '../context.ts'
import { tellInterrupted } from '../runs/create-run.ts'
import { runJob } from '../runs/run.ts'
import type { RunOutbox } from '../runs/run-outbox.ts'
import type { Occurrence } from './occurrence.ts'
import type { Started } from './start-occurrences.ts'

type Needs = Pick<AppContext, 'emit' | 'hub' | 'notifier' | 'worker'> & { outbox: Pick<RunOutbox, 'wake'> }

/** After the commit: says what has happened, and wakes whoever is to work on it. */
export function tellStarted(
  app: Needs,
  { occurrences, runs, spans, interrupted }: Started,
  about: (occurrence: Occurrence) => { agent: string; lagMs: number },
): void {
  app.outbox.wake()
  for (const [runId, span] of spans) {
    span.set({ 'bunkhouse.run.id': runId })
    span.end()
  }
  for (const occurrence of occurrences) {
    const { scheduleId, origin, outcome, fireAt, runId } = occurrence
    const { agent, lagMs } = about(occurrence)
    const traceId = spans.get(runId ?? '')?.traceId
    app.emit('schedule.fired', { scheduleId, agent, origin, outcome, fireAt, lagSeconds: lagMs / 1000, runId, traceId })
  }
  for (const { id, agent } of runs) {
    app.emit('run.created', { runId: id, agent, source: 'queue', traceId: spans.get(id)?.traceId })
  }
  tellInterrupted(app, interrupted)
  if (runs.length === 0 && interrupted.runIds.length === 0) return
  app.worker?.wake()
  app.notifier.publish('queue', runJob.queue)
}
