import { and, eq } from 'drizzle-orm'
import type { Agent } from '../catalog/agent-row.ts'
import type { Transaction } from '../db/database.ts'
import { notFound } from '../errors.ts'
import { cancelJobs } from '../queue/sql/cancel-jobs.ts'
import { cancelUnstarted } from '../runs/cancel-unstarted.ts'
import { insertFresh } from '../runs/create-batch.ts'
import { newJob, newRun } from '../runs/create-run.ts'
import { type Run, threadOrderKey } from '../runs/run.ts'
import type { RunOutbox } from '../runs/run-outbox.ts'
import type { Span } from '../telemetry/tracing/tracer.ts'
import type { Occurrence } from './occurrence.ts'
import type { OccurrenceNews, OccurrenceOutbox } from './occurrence-outbox.ts'
import type { Schedule } from './schedule.ts'
import { insertOccurrences } from './sql/insert-occurrences.ts'
import { type UnfinishedRun, unfinishedRuns } from './sql/unfinished-runs.ts'
import { type FireTrace, fireSpan } from './trace-fire.ts'

/** Times of one schedule to deal with. The caller has locked it. */
export interface Start {
  schedule: Schedule
  origin: Occurrence['origin']
  fires: number[]
  missed: number[]
  /** Null: there is no such agent. */
  agent: Agent | null
}

interface Surroundings {
  outbox: RunOutbox & OccurrenceOutbox
  trace: FireTrace
  /** By the clock that decides what is due. */
  now: number
  /** What queue statements take as now. */
  queueNow: number | null
}

export interface Started {
  occurrences: Occurrence[]
  runs: Run[]
  /** By run, to be ended when all of it is on disk; empty where nothing is traced. */
  spans: ReadonlyMap<string, Span>
  /** Runs that were cancelled to make room, and the jobs of those still to stop. */
  interrupted: { runIds: string[]; jobIds: string[] }
}

/** Writes down what becomes of occurrences and makes their runs, all in the caller's transaction. */
export async function startOccurrences(tx: Transaction, starts: Start[], around: Surroundings): Promise<Started> {
  const { now, queueNow, outbox, trace } = around
  const decisions = await Promise.all(starts.map(start => decide(tx, start, now, trace)))
  const occurrences = await insertOccurrences(
    tx,
    decisions.flatMap(decision => decision.occurrences),
  )
  const written = new Set(occurrences.map(occurrence => occurrence.runId))
  const runs = decisions.flatMap(decision => decision.runs).filter(({ run }) => written.has(run.id))
  const jobIds = decisions.flatMap(decision => decision.cancels.map(run => run.jobId))
  const cancelled = jobIds.length === 0 ? [] : await cancelJobs(tx, jobIds, queueNow)
  const runIds = await cancelUnstarted(tx, cancelled, {
    reason: 'Its schedule has come to the next time.',
    now,
    outbox,
  })
  // No worker of this process has them: nothing is leased.
  if (runs.length > 0) await insertFresh(tx, runs, { now: queueNow, leaseMs: 0, outbox })
  await outbox.tellOccurrences(tx, newsOf(starts, occurrences, runs))
  return {
    occurrences,
    runs: runs.map(({ run }) => run),
    spans: new Map(runs.flatMap(({ run, span }) => (span ? [[run.id, span] as const] : []))),
    interrupted: { runIds, jobIds: cancelled.filter(job => job.state === 'running').map(job => job.id) },
  }
}

function newsOf(starts: Start[], occurrences: Occurrence[], runs: { run: Run }[]): OccurrenceNews[] {
  const schedules = new Map(starts.map(({ schedule }) => [schedule.id, schedule]))
  const byId = new Map(runs.map(({ run }) => [run.id, run]))
  return occurrences.flatMap(occurrence => {
    const schedule = schedules.get(occurrence.scheduleId)
    return schedule ? { schedule, occurrence: { ...occurrence, run: byId.get(occurrence.runId ?? '') ?? null } } : []
  })
}

interface Decision {
  occurrences: Occurrence[]
  runs: ReturnType<typeof scheduledRun>[]
  /** Runs of earlier occurrences to cancel. */
  cancels: UnfinishedRun[]
}

async function decide(tx: Transaction, start: Start, now: number, trace: FireTrace): Promise<Decision> {
  const { schedule, origin, fires, missed } = start
  const decision: Decision = { occurrences: [], runs: [], cancels: [] }
  const add = (fireAt: number, outcome: Occurrence['outcome'], detail: string | null, runId: string | null = null) => {
    const { id: scheduleId, tenantId } = schedule
    decision.occurrences.push({ scheduleId, fireAt, tenantId, origin, outcome, detail, runId, createdAt: now })
  }
  for (const fireAt of missed) add(fireAt, 'missed', 'Nobody was awake for it.')
  if (fires.length === 0) return decision

  const lost = await lostThread(tx, schedule)
  const { agent } = start
  if (agent === null || lost !== null) {
    for (const fireAt of fires) add(fireAt, 'failed', lost ?? notFound('agent', schedule.agent).message)
    return decision
  }
  const overlap = origin === 'trigger' && schedule.overlap === 'skip' ? 'allow' : schedule.overlap
  const looksBack = overlap === 'skip' || overlap === 'cancel_previous'
  const unfinished = looksBack ? await unfinishedRuns(tx, schedule.id) : []
  let blocking = unfinished[0]?.id
  for (const fireAt of fires) {
    if (overlap === 'skip' && blocking !== undefined) add(fireAt, 'skipped', `Run ${blocking} was not final.`)
    else if (overlap === 'cancel_previous' && fireAt !== fires.at(-1)) {
      add(fireAt, 'skipped', 'A later occurrence took its place at once.')
    } else {
      const span = fireSpan(trace, schedule, { fireAt, origin })
      const made = scheduledRun(schedule, { fireAt, now, agent, span })
      add(fireAt, 'fired', null, made.run.id)
      decision.runs.push(made)
      blocking = made.run.id
    }
  }
  if (overlap === 'cancel_previous') decision.cancels = unfinished
  return decision
}

/** What to say of a thread that is gone. */
async function lostThread(tx: Transaction, { tenantId, threadId }: Schedule): Promise<string | null> {
  if (threadId === null) return null
  const { threads } = tx.tables
  const [thread] = await tx.orm
    .select({ id: threads.id })
    .from(threads)
    .where(and(eq(threads.id, threadId), eq(threads.tenantId, tenantId)))
  return thread ? null : notFound('thread', threadId).message
}

function scheduledRun(
  schedule: Schedule,
  { fireAt, now, agent, span }: { fireAt: number; now: number; agent: Agent; span: Span | undefined },
) {
  const { input, threadId, maxAttempts, timeoutSeconds } = schedule
  const runInput = {
    agent: schedule.agent,
    input,
    threadId: threadId ?? undefined,
    metadata: { ...schedule.metadata, schedule_id: schedule.id, fire_at: new Date(fireAt).toISOString() },
    maxAttempts,
    scheduleId: schedule.id,
    timeoutSeconds: timeoutSeconds ?? undefined,
  }
  const run = newRun({ tenantId: schedule.tenantId, keyId: null, ...(span && { span }) }, runInput, agent.version, now)
  return {
    run,
    span,
    job: {
      ...newJob(run, runInput, { model: agent.record.model, handOff: undefined }),
      orderKey: orderKeyOf(schedule),
    },
  }
}

/** Runs that must not overlap take turns, as do all runs of a thread. */
function orderKeyOf({ id, threadId, overlap }: Schedule): string | null {
  if (threadId !== null) return threadOrderKey(threadId)
  return overlap === 'queue' || overlap === 'cancel_previous' ? `schedule ${id}` : null
}
