import type { Database } from '../../src/db/database.ts'
import { LocalNotifier, type Notifier } from '../../src/db/notifier.ts'
import type { NewJob, Outcome } from '../../src/queue/job.ts'
import type { Attempt, JobKind } from '../../src/queue/kind.ts'
import { Worker } from '../../src/queue/worker.ts'
import { type Clock, systemClock } from '../../src/runtime/clock.ts'
import { FactLog } from './fact-log.ts'
import { FakeClock } from './fake-clock.ts'
import { enqueue, leaseMs, newJob, newQueue } from './jobs.ts'

/** An attempt that decides nothing completes its job. */
// biome-ignore lint/suspicious/noConfusingVoidType: what an async function without a return resolves to.
type Perform = (attempt: Attempt) => Promise<Outcome | undefined | void>

export interface TestWorkerOptions {
  queue: string
  /** What a job of kind `test` does. */
  perform: Perform
  /** What else kind `test` says of itself. */
  kind?: Omit<Partial<JobKind>, 'perform'>
  kinds?: JobKind[]
  concurrency?: number
  leaseMs?: number
  clock?: Clock
  notifier?: Notifier
  pollMs?: number
}

/** So seldom that a job begins only because the worker was told, or knew when. */
export const neverPolls = 3_600_000

/** A worker that runs until the scope ends; what still runs is then handed back. */
export interface TestWorker extends AsyncDisposable {
  worker: Worker
  facts: FactLog
}

export function startWorker(database: Database, { queue, perform, ...given }: TestWorkerOptions): TestWorker {
  const facts = new FactLog()
  const worker = new Worker({
    database,
    queue,
    kinds: [{ ...testKind(perform), ...given.kind }, ...(given.kinds ?? [])],
    emit: facts.emit,
    clock: given.clock ?? systemClock,
    notifier: given.notifier ?? new LocalNotifier(),
    concurrency: given.concurrency ?? 10,
    leaseMs: given.leaseMs ?? leaseMs,
    ...(given.pollMs !== undefined && { pollMs: given.pollMs }),
  })
  worker.start()
  return { worker, facts, [Symbol.asyncDispose]: () => worker.stop(AbortSignal.abort()) }
}

/** A worker on a queue of its own, whose one job has begun: `attempt` is what it was given. The clock stands still. */
export async function startedJob(
  database: Database,
  options: Partial<TestWorkerOptions> & Pick<TestWorkerOptions, 'perform'>,
  maxAttempts = 3,
  given: Partial<NewJob> = {},
) {
  const queue = newQueue()
  const clock = new FakeClock()
  const job = newJob(queue, { maxAttempts, ...given })
  await enqueue(database, options.clock ?? clock, job)
  const begun = Promise.withResolvers<Attempt>()
  const perform = (attempt: Attempt) => {
    begun.resolve(attempt)
    return options.perform(attempt)
  }
  const started = startWorker(database, { queue, clock, ...options, perform })
  return { ...started, clock, job, queue, attempt: await begun.promise }
}

export const testKind = (perform: Perform, kind = 'test'): JobKind => ({
  kind,
  settlesItself: false,
  perform: async attempt => (await perform(attempt)) ?? { kind: 'completed' },
})

/** Resolves with the reason when the attempt is aborted. */
export const aborted = ({ signal }: Attempt): Promise<Error> =>
  new Promise(resolve => {
    const tell = () => resolve(signal.reason)
    if (signal.aborted) tell()
    else signal.addEventListener('abort', tell, { once: true })
  })
