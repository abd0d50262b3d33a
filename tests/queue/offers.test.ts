import { expect, setDefaultTimeout, test } from 'bun:test'
import { CancelRequested } from '../../src/queue/abort-reason.ts'
import { enqueueAlone } from '../../src/queue/enqueue.ts'
import type { NewJob } from '../../src/queue/job.ts'
import { Rescuer } from '../../src/queue/rescuer.ts'
import { offerHint, Rooms, roomHint } from '../../src/queue/rooms.ts'
import { cancelJobs } from '../../src/queue/sql/cancel-jobs.ts'
import { insertJobs } from '../../src/queue/sql/insert-jobs.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { leaseMs, newJob, newQueue, readJob } from '../support/jobs.ts'
import { failOnTimersLeft } from '../support/leaks.ts'
import { twoProcesses } from '../support/two-processes.ts'
import { aborted, neverPolls, startWorker, type TestWorkerOptions, testKind } from '../support/worker.ts'

setDefaultTimeout(120_000)
failOnTimersLeft()

/** A worker, and what another process has: a connection, a notifier and what it knows of the worker. */
async function workerAndOther(given: Omit<TestWorkerOptions, 'queue'>) {
  const queue = newQueue()
  const processes = await twoProcesses()
  const { here, there, other: database } = processes
  const rooms = new Rooms(there)
  rooms.start()
  const said: string[] = []
  let tell = () => {}
  there.subscribe('room', text => {
    said.push(text)
    tell()
  })
  const started = startWorker(processes.database, { queue, notifier: here, pollMs: neverPolls, ...given })
  /** Resolves once it has said so often how much room it has. */
  const heard = async (times: number) => {
    while (said.length < times) {
      await new Promise<void>(resolve => {
        tell = resolve
      })
    }
  }
  await heard(1)
  return {
    ...started,
    queue,
    database,
    there,
    rooms,
    said,
    heard,
    /** As the API does. */
    async offer(job: NewJob) {
      const handOff = rooms.reserve(job)
      if (!handOff) throw new Error('Nobody has room.')
      const time = { now: null, leaseMs: handOff.leaseMs ?? leaseMs }
      const [inserted] = await database.single(tx => insertJobs(tx, [{ ...job, ...handOff.fields }], time))
      return { state: inserted?.state, tell: () => handOff.begin({ ...job, attempt: 1, ordered: false }, false) }
    },
    [Symbol.asyncDispose]: async () => {
      await started[Symbol.asyncDispose]()
      rooms.stop()
      await processes[Symbol.asyncDispose]()
    },
  }
}

test('a worker that has room begins a job of another process without a claim', async () => {
  const ran = Promise.withResolvers<unknown>()
  await using pair = await workerAndOther({ perform: async ({ job }) => ran.resolve(job.payload) })
  const job = newJob(pair.queue, { payload: { told: 'nobody but the database' } })
  const { state, tell } = await pair.offer(job)
  expect(state).toBe('running')
  tell()
  expect(await ran.promise).toEqual({ told: 'nobody but the database' })
  await pair.facts.until('job.attempted')
  expect(pair.facts.all('job.claimed')).toEqual([])
  await pair.heard(2)
})

test('the worker is told by the very insert, once it is committed', async () => {
  const ran = Promise.withResolvers<string>()
  await using pair = await workerAndOther({ perform: async ({ job }) => ran.resolve(job.id) })
  const { database, rooms, queue } = pair
  const kinds = new Map([['test', testKind(async () => {})]])
  const job = newJob(queue)
  const handOff = rooms.reserve(job)
  const time = { now: null, leaseMs: handOff?.leaseMs ?? 0 }
  const inserted = await enqueueAlone({ kinds, database }, { ...job, ...handOff?.fields }, time, handOff?.hint)
  expect(inserted).toMatchObject({ state: 'running' })
  expect(await ran.promise).toBe(job.id)
  // What is not its own is not told of.
  const later = { ...newJob(queue), ...handOff?.fields, delayMs: 60_000 }
  expect(await enqueueAlone({ kinds, database }, later, time, handOff?.hint)).toMatchObject({ state: 'scheduled' })
})

test('a hint that comes twice, late, or for another, begins nothing', async () => {
  let begun = 0
  const held = Promise.withResolvers<void>()
  await using pair = await workerAndOther({
    perform: async () => {
      begun++
      await held.promise
    },
  })
  const { worker, there, queue, database } = pair
  const job = newJob(queue)
  const { tell } = await pair.offer(job)
  tell()
  await pair.heard(2)
  tell()
  await pair.heard(3)
  expect(begun).toBe(1)
  const others = newJob(queue, { handOffTo: 'wrk_other' })
  const ended = newJob(queue, { handOffTo: worker.id })
  await database.single(tx => insertJobs(tx, [others], { now: null, leaseMs }))
  await database.single(tx => insertJobs(tx, [ended], { now: null, leaseMs: 500 }))
  for (const { id } of [others, ended]) there.publish('offer', offerHint(worker.id, id))
  there.publish('offer', offerHint('wrk_other', others.id))
  await pair.heard(4)
  held.resolve()
  await pair.facts.until('job.attempted')
  expect(begun).toBe(1)
})

test('a worker without room gives the job back, and the attempt does not count', async () => {
  const first = Promise.withResolvers<void>()
  const names: unknown[] = []
  const both = Promise.withResolvers<void>()
  await using pair = await workerAndOther({
    concurrency: 1,
    perform: async ({ job }) => {
      names.push(job.payload)
      if (names.length === 2) both.resolve()
      else await first.promise
    },
  })
  const { queue, database } = pair
  const [one, two] = [newJob(queue, { payload: 'one' }), newJob(queue, { payload: 'two' })]
  const offered = await pair.offer(one)
  offered.tell()
  await pair.heard(2)
  // As from one that did not know yet that the only place was taken.
  const late = { ...two, handOffTo: pair.worker.id }
  await database.single(tx => insertJobs(tx, [late], { now: null, leaseMs }))
  pair.there.publish('offer', offerHint(pair.worker.id, two.id))
  await pair.heard(3)
  expect(pair.said.at(-1)).toBe(roomHint({ worker: pair.worker.id, places: 0, answers: true, queue }))
  expect(pair.rooms.reserve(two)).toBeNull()
  expect(await readJob(database, two.id)).toMatchObject({ state: 'available', attempt: 0, maxAttempts: 3, errors: [] })
  first.resolve()
  await both.promise
  expect(names).toEqual(['one', 'two'])
})

test('a worker that drains says that it has no room', async () => {
  await using pair = await workerAndOther({ perform: async () => {} })
  await pair.worker.stop(AbortSignal.abort())
  await pair.heard(2)
  expect(pair.rooms.reserve(newJob(pair.queue))).toBeNull()
})

test('a job that was cancelled before it began is told so', async () => {
  const reason = Promise.withResolvers<Error>()
  await using pair = await workerAndOther({ perform: async attempt => reason.resolve(await aborted(attempt)) })
  const job = newJob(pair.queue)
  const { tell } = await pair.offer(job)
  await pair.database.transaction(tx => cancelJobs(tx, [job.id], null))
  tell()
  expect(await reason.promise).toBeInstanceOf(CancelRequested)
})

test('one that goes on gets the lease of any other', async () => {
  const held = Promise.withResolvers<void>()
  await using pair = await workerAndOther({ perform: () => held.promise })
  const job = newJob(pair.queue)
  const { tell } = await pair.offer(job)
  const leased = async () => (await readJob(pair.database, job.id)).leaseExpiresAt ?? 0
  const before = await leased()
  tell()
  while ((await leased()) < before + 10_000) await new Promise(setImmediate)
  held.resolve()
})

test('one that nobody takes is free again within five seconds', async () => {
  await using pair = await workerAndOther({ perform: async () => {} })
  const { queue, database } = pair
  const clock = new FakeClock()
  const job = newJob(queue)
  const { state } = await pair.offer(job)
  expect(state).toBe('running')
  clock.ms = systemClock.now() + 5_500
  const rescued = Promise.withResolvers<void>()
  const rescuer = new Rescuer({
    database,
    clock,
    emit: () => {},
    kinds: [],
    leaseMs,
    soleOwner: false,
    onRescued: () => rescued.resolve(),
  })
  await using _stopped = { [Symbol.asyncDispose]: () => rescuer.stop() }
  await rescuer.start()
  await rescued.promise
  expect(await readJob(database, job.id)).toMatchObject({ state: 'available', attempt: 1 })
})
