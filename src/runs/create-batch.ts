import type { Database, Transaction } from '../db/database.ts'
import { isOutage } from '../db/failure.ts'
import { AppError } from '../errors.ts'
import type { NewJob } from '../queue/job.ts'
import { cancelJobs } from '../queue/sql/cancel-jobs.ts'
import { type InsertedJob, insertJobs, lockOrderKeys } from '../queue/sql/insert-jobs.ts'
import { readDepthLimits, refuseAbove } from '../queue/sql/queue-depth.ts'
import { unfinishedJobs } from '../queue/sql/unfinished-jobs.ts'
import { queueTime } from '../queue/time.ts'
import { Batcher } from '../runtime/batcher.ts'
import type { Clock } from '../runtime/clock.ts'
import { cancelUnstarted } from './cancel-unstarted.ts'
import { claimIdempotencyKeys, type IdempotencyClaim } from './idempotency.ts'
import { type Run, runJob, threadOrderKey } from './run.ts'
import type { RunNews, RunOutbox } from './run-outbox.ts'
import { insertEvents } from './sql/insert-events.ts'
import { insertRuns } from './sql/insert-runs.ts'

export interface NewRun {
  run: Run
  job: NewJob
  idempotency: IdempotencyClaim | null
  onBusy: 'enqueue' | 'reject' | 'interrupt'
}

export type CreatedRun =
  | {
      kind: 'created'
      /** `running`: leased by the worker it was meant for. */
      state: InsertedJob['state']
      /** Runs of the same thread that were cancelled to make room, and the jobs of those still to stop. */
      interrupted: { runIds: string[]; jobIds: string[] }
    }
  /** The idempotency key was used before, for this run. */
  | { kind: 'repeated'; runId: string }

export type CreateBatcher = Batcher<NewRun, CreatedRun>

export function createBatcher({ database, ...options }: Options & { database: Database }): CreateBatcher {
  return new Batcher({
    maxSize: 200,
    commit: async batch => {
      const created = await database.transaction(tx => insertBatch(tx, batch, options))
      options.outbox.wake()
      return created
    },
    isShared: isOutage,
  })
}

interface Options {
  clock: Clock
  leaseMs: number
  outbox: RunOutbox
}

async function insertBatch(tx: Transaction, batch: NewRun[], options: Options): Promise<CreatedRun[]> {
  const { clock, leaseMs, outbox } = options
  const now = queueTime(tx, clock)
  const repeated = await claimIdempotencyKeys(
    tx,
    batch.flatMap(({ idempotency }) => idempotency ?? []),
  )
  const fresh = batch.filter(({ run }) => !repeated.has(run.id))
  // All at once: two batches that look at the same threads in different order would wait for each other.
  if (fresh.some(({ onBusy }) => onBusy !== 'enqueue')) {
    await lockOrderKeys(
      tx,
      fresh.flatMap(({ job }) => job.orderKey ?? []),
    )
  }
  const interrupted = new Map<string, { runIds: string[]; jobIds: string[] }>()
  const states = new Map<string, InsertedJob['state']>()
  for (const together of inTurn(fresh)) {
    for (const created of together) interrupted.set(created.run.id, await makeRoom(tx, created, now, options))
    for (const { id, state } of await insertFresh(tx, together, { now, leaseMs, outbox })) states.set(id, state)
  }
  return batch.map(({ run, job }) => {
    const earlier = repeated.get(run.id)
    if (earlier) return { kind: 'repeated', runId: earlier }
    return {
      kind: 'created',
      state: states.get(job.id) ?? 'available',
      interrupted: interrupted.get(run.id) ?? { runIds: [], jobIds: [] },
    }
  })
}

/** Splits a batch where a run looks at its thread: it has to see those of the same thread that came before it. */
function inTurn(fresh: NewRun[]): NewRun[][] {
  const turns: NewRun[][] = []
  let turn: NewRun[] = []
  let threads = new Set<string | null>()
  for (const created of fresh) {
    const { threadId } = created.run
    if (created.onBusy !== 'enqueue' && threadId !== null && threads.has(threadId)) {
      turns.push(turn)
      turn = []
      threads = new Set()
    }
    turn.push(created)
    threads.add(threadId)
  }
  return turn.length === 0 ? turns : [...turns, turn]
}

/** Puts runs on disk in the caller's transaction, each with its job and first event. */
export async function insertFresh(
  tx: Transaction,
  fresh: Pick<NewRun, 'run' | 'job'>[],
  { now, leaseMs, outbox }: { now: number | null; leaseMs: number; outbox: RunOutbox },
) {
  const [limits, jobs] = await Promise.all([
    readDepthLimits(tx, [runJob.queue]),
    insertJobs(
      tx,
      fresh.map(({ job }) => job),
      { now, leaseMs },
    ),
    insertRuns(
      tx,
      fresh.map(({ run }) => run),
    ),
    insertEvents(
      tx,
      fresh.map(({ run }) => createdEvent(run)),
    ),
  ])
  const news = fresh.flatMap(({ run }) => queuedNews(outbox, run))
  if (news.length > 0) await outbox.tellRuns(tx, news)
  // With these in it: looked at before, it would cost a round trip for a limit that is seldom set.
  await refuseAbove(tx, limits)
  return jobs
}

/** Does what the new run wants done when its thread is busy. */
async function makeRoom(
  tx: Transaction,
  { run, onBusy }: NewRun,
  now: number | null,
  { clock, outbox }: Pick<Options, 'clock' | 'outbox'>,
) {
  const none = { runIds: [], jobIds: [] }
  if (run.threadId === null || onBusy === 'enqueue') return none
  const busy = await unfinishedJobs(tx, threadOrderKey(run.threadId))
  if (busy.length === 0) return none
  if (onBusy === 'reject') {
    throw new AppError('thread_busy', `Thread ${run.threadId} has an unfinished run, and this one asked not to wait.`)
  }
  const cancelled = await cancelJobs(tx, busy, now)
  const runIds = await cancelUnstarted(tx, cancelled, {
    reason: `Interrupted by ${run.id}.`,
    now: clock.now(),
    outbox,
  })
  return { runIds, jobIds: cancelled.filter(job => job.state === 'running').map(job => job.id) }
}

const nobody: RunNews[] = []

const queuedNews = (outbox: RunOutbox, run: Run): RunNews[] =>
  outbox.listens(run.tenantId, run.webhook) ? [{ type: 'run.queued', run, at: run.createdAt }] : nobody

const createdEvent = (run: Run) => ({
  runId: run.id,
  tenantId: run.tenantId,
  seq: 1,
  type: 'run.created' as const,
  data: JSON.stringify({ agent: run.agent, agent_version: run.agentVersion, thread_id: run.threadId }),
  createdAt: run.createdAt,
})
