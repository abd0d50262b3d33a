import { insertApprovals } from '../approvals/open-approvals.ts'
import type { BudgetBook } from '../budgets/budget-book.ts'
import { settleCharges, type Warning } from '../budgets/settle-charges.ts'
import type { Database, Transaction } from '../db/database.ts'
import { databaseFailure } from '../db/failure.ts'
import type { CancelledJob } from '../queue/sql/cancel-jobs.ts'
import { leaveOrder } from '../queue/sql/leave-order.ts'
import { queueTime } from '../queue/time.ts'
import type { Clock } from '../runtime/clock.ts'
import { Loop } from '../runtime/loop.ts'
import type { Service } from '../runtime/service.ts'
import type { FactListener } from '../telemetry/facts.ts'
import { insertMessages } from '../threads/insert-messages.ts'
import { keepSummaries } from '../threads/keep-summaries.ts'
import { addUsage } from '../usage/add-usage.ts'
import { cancelUnstarted } from './cancel-unstarted.ts'
import { enqueueChildren } from './child-job.ts'
import { insertFresh } from './create-batch.ts'
import { type Fate, fence } from './fence.ts'
import type { RunHub } from './hub.ts'
import { isFinal, type Run } from './run.ts'
import type { RunChange, RunLogOptions } from './run-log.ts'
import { RunLog } from './run-log.ts'
import { type RunOutbox, tellEvents } from './run-outbox.ts'
import { insertEvents } from './sql/insert-events.ts'
import { updateRuns } from './sql/update-runs.ts'

export interface RecorderOptions {
  database: Database
  clock: Clock
  hub: RunHub
  outbox: RunOutbox
  budgets: Pick<BudgetBook, 'get'>
  emit: FactListener
}

const maxRunsPerWrite = 500
/** After a write of deltas, the next waits this many times as long as the write took: storing leaves room for the rest. */
const pauseFactor = 0.5
const maxPauseMs = 20

/**
 * The one writer of event logs in this process. What several runs want stored goes into one commit; only then is it
 * shown to readers. What somebody waits for goes at once, as do the first words of a step; deltas after them share a commit
 * with those that come while it is under way, so a first token waits for one commit and a thousand streams cost few.
 */
export class Recorder implements Service {
  readonly name = 'recorder'
  readonly #options: RecorderOptions
  readonly #loop: Loop
  #awaited = new Set<RunLog>()
  #mergeable = new Set<RunLog>()
  /** Those whose write is under way. */
  #writing: readonly RunLog[] = []
  #pausedUntil = 0
  #sleeping = true
  /** The last write failed: the loop tries again by itself, ever later. */
  #failing = false

  constructor(options: RecorderOptions) {
    this.#options = options
    this.#loop = new Loop({
      name: this.name,
      body: () => this.#turn(),
      onError: error => options.emit('events.delayed', { error, retryMs: 100 }),
      errorBackoff: { minMs: 100, maxMs: 2_000 },
    })
  }

  start(): void {
    this.#loop.start()
  }

  async stop(): Promise<void> {
    await this.#loop.stop()
  }

  openLog(options: Omit<RunLogOptions, 'request' | 'now'>): RunLog {
    return new RunLog({ ...options, now: this.#options.clock.now, request: this.#request })
  }

  /** Events that are not on disk yet, and since when the oldest of them waits, in milliseconds since 1970. */
  backlog(): { events: number; oldestAt: number | null } {
    let events = 0
    let oldestAt: number | null = null
    for (const log of new Set([...this.#writing, ...this.#awaited, ...this.#mergeable])) {
      const { unstored } = log
      events += unstored.events
      if (unstored.oldestAt !== null) oldestAt = Math.min(oldestAt ?? unstored.oldestAt, unstored.oldestAt)
    }
    return { events, oldestAt }
  }

  readonly #request: RunLogOptions['request'] = (log, urgency) => {
    if (urgency !== 'may_merge') {
      this.#mergeable.delete(log)
      this.#awaited.add(log)
    } else if (!this.#awaited.has(log)) {
      this.#mergeable.add(log)
      // Already asleep until the pause ends: this one joins.
      if (performance.now() < this.#pausedUntil) return
    }
    if (this.#sleeping && !this.#failing) this.#loop.wake()
  }

  async #turn(): Promise<number> {
    this.#sleeping = false
    try {
      // The rest of this turn of the event loop joins the commit.
      await new Promise(setImmediate)
      while (this.#awaited.size > 0 || (this.#mergeable.size > 0 && performance.now() >= this.#pausedUntil)) {
        await this.#write(this.#next())
      }
    } finally {
      this.#sleeping = true
    }
    // Also with nothing to write: what comes within the pause does not wake this loop.
    const pause = this.#pausedUntil - performance.now()
    return this.#mergeable.size > 0 || pause > 0 ? Math.max(1, pause) : Number.POSITIVE_INFINITY
  }

  #next(): RunLog[] {
    const logs: RunLog[] = []
    // The fence answers by job: an attempt must not pass it beside the one that has taken its place.
    const jobs = new Set<string>()
    const take = (from: Set<RunLog>) => {
      for (const log of from) {
        if (logs.length === maxRunsPerWrite) return
        if (jobs.has(log.run.jobId)) continue
        jobs.add(log.run.jobId)
        from.delete(log)
        logs.push(log)
      }
    }
    take(this.#awaited)
    if (performance.now() >= this.#pausedUntil) take(this.#mergeable)
    return logs
  }

  async #write(logs: RunLog[]): Promise<void> {
    const begun = performance.now()
    const merging = logs.some(log => !log.awaited)
    this.#writing = logs
    try {
      await this.#store(logs)
      this.#failing = false
    } catch (error) {
      this.#failing = true
      // All of it stays with the logs, to be written when the database is back.
      for (const log of logs) this.#awaited.add(log)
      throw error
    } finally {
      this.#writing = []
    }
    const took = performance.now() - begun
    if (merging) this.#pausedUntil = begun + took + Math.min(maxPauseMs, took * pauseFactor)
  }

  async #store(logs: RunLog[]): Promise<void> {
    const { emit } = this.#options
    const begun = performance.now()
    const changes: { log: RunLog; change: RunChange }[] = []
    for (const log of logs) {
      const change = log.take()
      if (change) changes.push({ log, change })
    }
    if (changes.length === 0) return
    let fates: Fate[]
    let warnings: Warning[]
    try {
      ;({ fates, warnings } = await this.#commit(changes.map(({ change }) => change)))
    } catch (error) {
      if (isPassing(error)) throw error
      if (changes.length > 1) {
        // One of them is bad. It must not take the others with it.
        for (const log of logs) await this.#store([log])
        return
      }
      for (const { log } of changes) log.lose(error instanceof Error ? error : new Error(String(error)))
      return
    }
    let events = 0
    changes.forEach(({ log, change }, index) => {
      if (fates[index] === 'lost') log.lose()
      else {
        events += change.events.length
        log.acknowledge()
        if (warnings.length > 0) log.warn(warnings.filter(({ runId }) => runId === log.run.id))
      }
    })
    for (const [index, { change }] of changes.entries()) this.#show(change, fates[index])
    emit('events.stored', { runs: changes.length, events, seconds: (performance.now() - begun) / 1000 })
  }

  /** What is stored is stored, whatever goes wrong with those who watch. */
  #show({ run, events }: RunChange, fate: Fate | undefined): void {
    const { emit, hub } = this.#options
    try {
      if (fate !== 'lost') hub.publish(run, events)
      // There is more in the log than this process has written, or knows to have written.
      if (fate !== 'kept') hub.hint(run.id)
    } catch (error) {
      emit('loop.failed', { loop: this.name, error })
    }
  }

  /** Says what became of each change; of one that is lost nothing was written. */
  async #commit(changes: RunChange[]): Promise<{ fates: Fate[]; warnings: Warning[] }> {
    const { database, clock, outbox, budgets } = this.#options
    const decided = await database.transaction(async tx => {
      const fates = await fence(tx, changes, queueTime(database, clock))
      const mine = changes.filter((_, index) => fates[index] !== 'lost')
      const rows = mine.flatMap(({ run, rowChanged }) => (rowChanged ? run : []))
      const events = mine.flatMap(change => change.events)
      const messages = mine.flatMap(change => change.messages)
      const summaries = mine.flatMap(change => change.summaries)
      const charges = mine.flatMap(change => change.charges)
      await Promise.all([
        rows.length > 0 && updateRuns(tx, rows),
        events.length > 0 && insertEvents(tx, events),
        messages.length > 0 && insertMessages(tx, messages),
        summaries.length > 0 && keepSummaries(tx, summaries),
        addUsage(
          tx,
          mine.flatMap(change => change.usage),
        ),
      ])
      const warnings = charges.length > 0 ? await settleCharges(tx, charges, { budgets, outbox }) : []
      const suspended = mine.filter(({ suspension }) => suspension !== null)
      const now = queueTime(database, clock)
      if (suspended.length > 0) await suspend(tx, suspended, { now, outbox })
      const children = mine.filter(({ run }) => run.parentRunId !== null && isFinal(run.status))
      await enqueueChildren(
        tx,
        children.map(({ run }) => run),
        now,
      )
      await tellEvents(outbox, tx, mine)
      const cancelled = changes.filter((_, index) => fates[index] === 'cancelled').map(({ run }) => cancelledJob(run))
      await cancelUnstarted(tx, cancelled, { reason: 'Cancelled on request.', now: clock.now(), outbox })
      return { fates, warnings }
    })
    outbox.wake()
    return decided
  }
}

/** The jobs of those that wait are asleep by now. */
async function suspend(
  tx: Transaction,
  changes: RunChange[],
  { now, outbox }: { now: number | null; outbox: RunOutbox },
): Promise<void> {
  const children = changes.flatMap(({ suspension }) => suspension?.children ?? [])
  if (children.length > 0) await insertFresh(tx, children, { now, leaseMs: 0, outbox })
  const approvals = changes.flatMap(({ suspension }) => suspension?.approvals ?? [])
  await insertApprovals(tx, approvals)
  const news = approvals.map(approval => ({ type: 'approval.requested' as const, approval, at: approval.createdAt }))
  await outbox.tellApprovals(tx, news)
  const leaving = changes.filter(({ suspension }) => suspension?.leavesThread)
  await leaveOrder(
    tx,
    leaving.map(({ run }) => run.jobId),
  )
}

const cancelledJob = ({ id, jobId }: Run): CancelledJob => ({
  id: jobId,
  payload: { run_id: id },
  state: 'cancelled',
})

/** Worth doing again as it is. `unique` means that somebody else added a message to the same thread meanwhile. */
const isPassing = (error: unknown): boolean => {
  const kind = databaseFailure(error)
  return kind !== null && kind !== 'other'
}
