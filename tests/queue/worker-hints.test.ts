import { expect, setDefaultTimeout, test } from 'bun:test'
import { join } from 'node:path'
import { CancelRequested } from '../../src/queue/abort-reason.ts'
import { cancelJobs } from '../../src/queue/sql/cancel-jobs.ts'
import { insertJobs } from '../../src/queue/sql/insert-jobs.ts'
import { leaseMs, newJob, newQueue } from '../support/jobs.ts'
import { failOnTimersLeft } from '../support/leaks.ts'
import { TroubledDatabase } from '../support/troubled-database.ts'
import { twoProcesses } from '../support/two-processes.ts'
import { aborted, neverPolls, startWorker, type TestWorkerOptions } from '../support/worker.ts'

setDefaultTimeout(120_000)
failOnTimersLeft()

/** A worker and, as another process has it, a notifier and a connection of its own. */
async function workerAndOther(queue: string, perform: TestWorkerOptions['perform']) {
  const processes = await twoProcesses()
  const database = new TroubledDatabase(processes.database)
  const started = startWorker(database, { queue, perform, notifier: processes.here, pollMs: neverPolls })
  // It has looked once, and sleeps.
  while (database.transactions === 0) await new Promise(setImmediate)
  return {
    ...processes,
    ...started,
    [Symbol.asyncDispose]: async () => {
      await started[Symbol.asyncDispose]()
      await processes[Symbol.asyncDispose]()
    },
  }
}

test('a worker begins at once a job of another connection that told it', async () => {
  const queue = newQueue()
  const ran = Promise.withResolvers<void>()
  await using pair = await workerAndOther(queue, async () => ran.resolve())
  await pair.other.transaction(tx => insertJobs(tx, [newJob(queue)], { now: null, leaseMs }))
  pair.there.publish('queue', queue)
  await ran.promise
})

test('a worker is not woken for the jobs of another queue', async () => {
  const queue = newQueue()
  let looked = 0
  await using pair = await workerAndOther(queue, async () => {})
  const { worker } = pair
  const wake = worker.wake.bind(worker)
  worker.wake = () => {
    looked++
    wake()
  }
  pair.there.publish('queue', newQueue())
  pair.there.publish('queue', queue)
  while (looked === 0) await new Promise(setImmediate)
  expect(looked).toBe(1)
})

test('a worker stops a job at once when another process says that it is cancelled', async () => {
  const queue = newQueue()
  const job = newJob(queue)
  const stopped = Promise.withResolvers<Error>()
  await using pair = await workerAndOther(queue, async attempt => stopped.resolve(await aborted(attempt)))
  await pair.other.transaction(tx => insertJobs(tx, [job], { now: null, leaseMs }))
  pair.there.publish('queue', queue)
  await pair.facts.until('job.claimed')
  await pair.other.transaction(tx => cancelJobs(tx, [job.id], null))
  pair.there.publish('cancel', job.id)
  expect(await stopped.promise).toBeInstanceOf(CancelRequested)
})

test('a worker begins a job of another process', async () => {
  const queue = newQueue()
  const ran = Promise.withResolvers<void>()
  await using pair = await workerAndOther(queue, async () => ran.resolve())
  const child = Bun.spawn([process.execPath, join(import.meta.dir, '../support/enqueuer-entry.ts'), queue], {
    env: { ...process.env, DATABASE_URL: pair.url },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  await ran.promise
  expect(await child.exited).toBe(0)
})
