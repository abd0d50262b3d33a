import { and, asc, eq, inArray } from 'drizzle-orm'
import type { AppContext } from '../context.ts'
import type { Database } from '../db/database.ts'
import type { RescuedJob } from '../queue/sql/rescue-jobs.ts'
import type { Tracer } from '../telemetry/tracing/tracer.ts'
import { readRuns } from './read-run.ts'
import { isFinal, payloadRunId, type Run } from './run.ts'
import { attemptSpan, endRun, runSpan } from './trace-run.ts'

const marks = ['run.started', 'run.interrupted']

/** Ends the spans of attempts whose worker is gone and cannot do so itself, and of runs that have ended with them. */
export async function traceLost(
  { database, emit, tracer }: Pick<AppContext, 'database' | 'emit'> & { tracer: Tracer },
  jobs: RescuedJob[],
): Promise<void> {
  try {
    const attempts = new Map(jobs.map(({ payload, attempt }) => [payloadRunId(payload), attempt]))
    const runs = await readRuns(database, [...attempts.keys()])
    for (const run of runs) await traceRun(database, tracer, run, attempts.get(run.id) ?? 0)
  } catch (error) {
    // They are missing from the trace then. Nothing else is.
    emit('loop.failed', { loop: 'traces of lost attempts', error })
  }
}

async function traceRun(database: Database, tracer: Tracer, run: Run, attempt: number): Promise<void> {
  const whole = runSpan(tracer, run)
  if (whole?.traceId === undefined) return
  const begun = await readBegun(database, run.id, attempt)
  if (begun) {
    const span = attemptSpan(whole, run, { attempt, seq: begun.seq, startedAt: begun.createdAt })
    span.fail('worker_lost', 'The worker died or lost its lease.')
    span.end()
  }
  if (isFinal(run.status)) endRun(whole, run)
}

/** The event with which the attempt began; null where it did not come so far. One that was interrupted ended by itself. */
async function readBegun({ orm, tables: { runEvents } }: Database, runId: string, attempt: number) {
  const events = await orm
    .select({ seq: runEvents.seq, type: runEvents.type, data: runEvents.data, createdAt: runEvents.createdAt })
    .from(runEvents)
    .where(and(eq(runEvents.runId, runId), inArray(runEvents.type, marks)))
    .orderBy(asc(runEvents.seq))
  const last = events.findLast(({ data }) => Object(data).attempt === attempt)
  return last?.type === 'run.started' ? last : null
}
