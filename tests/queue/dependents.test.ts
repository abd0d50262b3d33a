import { describe, expect, test } from 'bun:test'
import type { NewJob, Outcome } from '../../src/queue/job.ts'
import { redriveJobs } from '../../src/queue/redrive.ts'
import { cancelJobs } from '../../src/queue/sql/cancel-jobs.ts'
import { rescueJobs } from '../../src/queue/sql/rescue-jobs.ts'
import { settleJobs } from '../../src/queue/sql/settle-jobs.ts'
import { engines } from '../support/database.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { claim, enqueue, leaseMs, newJob, newQueue, readJob, running } from '../support/jobs.ts'
import { sharedDatabase } from '../support/migrated-database.ts'
import { startWorker } from '../support/worker.ts'

const completed = { kind: 'completed' } as const
const discard = { kind: 'discard', message: 'No.' } as const

describe.each(engines)('what depends on other jobs on %s', engine => {
  const opened = sharedDatabase(engine)
  const clock = new FakeClock()

  const begun = () => running(opened().database, clock)
  const state = async ({ id }: { id: string }) => (await readJob(opened().database, id)).state

  /** A job on a queue of its own that waits for others. */
  async function after(dependsOn: { id: string }[], given: Partial<NewJob> = {}) {
    const job = newJob(newQueue(), { dependsOn: dependsOn.map(({ id }) => id), ...given })
    await enqueue(opened().database, clock, job)
    return job
  }

  /** Ends running jobs; returns the queues where others may go on. */
  async function settle(outcome: Outcome, ...jobs: { id: string }[]) {
    const released = new Set<string>()
    const settlements = jobs.map(({ id }) => ({ jobId: id, attempt: 1, outcome }))
    await opened().database.transaction(tx => settleJobs(tx, settlements, clock.now(), released))
    return [...released]
  }

  const failureOf = async ({ id }: { id: string }) => (await readJob(opened().database, id)).errors

  test('begins when the last of them is completed', async () => {
    const { database } = opened()
    const [one, two, three] = [await begun(), await begun(), await begun()]
    const last = await after([one, two, three])
    expect(await settle(completed, two)).toEqual([])
    expect(await claim(database, clock, last.queue)).toEqual([])
    expect(await readJob(database, last.id)).toMatchObject({ state: 'waiting', waitsFor: 2 })
    expect(await settle(completed, one, three)).toEqual([last.queue])
    expect(await readJob(database, last.id)).toMatchObject({ state: 'available', waitsFor: 0, errors: [] })
    expect(await claim(database, clock, last.queue)).toMatchObject([{ id: last.id }])
  })

  test('begins no earlier than its own time', async () => {
    const first = await begun()
    const [due, later] = [await after([first], { delayMs: 1_000 }), await after([first], { delayMs: 1_001 })]
    clock.advance(1_000)
    await settle(completed, first)
    expect([await state(due), await state(later)]).toEqual(['available', 'scheduled'])
  })

  test('waits on while one is tried again', async () => {
    const first = await begun()
    const last = await after([first])
    await settle({ kind: 'retry', delayMs: 0, message: 'no' }, first)
    expect(await state(last)).toBe('waiting')
  })

  test.each([
    ['discarded', discard],
    ['cancelled', { kind: 'cancel' }],
  ] as const)('is cancelled when one is %s, and so is what depends on it in turn', async (how, outcome) => {
    const { database } = opened()
    const [failed, other] = [await begun(), await begun()]
    const second = await after([failed, other])
    const third = await after([second])
    const fourth = await after([third], { runsAfterFailure: true })
    expect((await settle(outcome, failed)).sort()).toEqual([second.queue, third.queue, fourth.queue].sort())
    expect(await readJob(database, second.id)).toMatchObject({ state: 'cancelled', finishedAt: clock.now() })
    const said = (id: string, how: string) => [
      { attempt: 0, at: clock.now(), message: `Job ${id}, on which it depends, was ${how}.` },
    ]
    expect(await failureOf(second)).toEqual(said(failed.id, how))
    expect(await failureOf(third)).toEqual(said(second.id, 'cancelled'))
    expect([await state(third), await state(fourth)]).toEqual(['cancelled', 'available'])
    // The other one still ends, and changes nothing any more.
    expect(await settle(completed, other)).toEqual([])
    expect(await state(second)).toBe('cancelled')
  })

  test('runs after a failure when it is to, but not before the others have ended', async () => {
    const [failed, other] = [await begun(), await begun()]
    const last = await after([failed, other], { runsAfterFailure: true })
    await settle(discard, failed)
    expect(await state(last)).toBe('waiting')
    await settle(completed, other)
    expect(await state(last)).toBe('available')
    expect(await failureOf(last)).toEqual([])
  })

  test('hears of an end by cancelling', async () => {
    const { database } = opened()
    const first = newJob(newQueue())
    await enqueue(database, clock, first)
    const last = await after([first])
    const released = new Set<string>()
    await database.transaction(tx => cancelJobs(tx, [first.id], clock.now(), released))
    expect([await state(last), ...released]).toEqual(['cancelled', last.queue])
  })

  test('is itself cancelled while it waits', async () => {
    const { database } = opened()
    const first = await begun()
    const [second, third] = [await after([first]), await after([first])]
    const fourth = await after([second])
    await database.transaction(tx => cancelJobs(tx, [second.id], clock.now()))
    await settle(completed, first)
    const states = [await state(second), await state(third), await state(fourth)]
    expect(states).toEqual(['cancelled', 'available', 'cancelled'])
  })

  test('hears of an end by a worker that died', async () => {
    const { database } = opened()
    const first = await running(database, clock, { maxAttempts: 1 })
    const last = await after([first])
    clock.advance(leaseMs)
    const released = new Set<string>()
    const options = { now: clock.now(), limit: 100, everyLease: false }
    await database.transaction(tx => rescueJobs(tx, options, released))
    expect([await state(first), await state(last)]).toEqual(['discarded', 'cancelled'])
    expect(released).toContain(last.queue)
  })

  test('waits again for what is tried again, and for what had not ended', async () => {
    const { database } = opened()
    const [failed, other] = [await begun(), await begun()]
    const last = await after([failed, other])
    const anyway = await after([failed, other], { runsAfterFailure: true })
    await settle(discard, failed)
    const redriven = [failed.id, last.id]
    await database.transaction(tx =>
      redriveJobs(tx, { tenantId: 'default', ids: redriven }, { kinds: new Map(), by: null, now: clock.now() }),
    )
    expect(await readJob(database, last.id)).toMatchObject({ state: 'waiting', waitsFor: 2 })
    expect(await readJob(database, anyway.id)).toMatchObject({ state: 'waiting', waitsFor: 2 })
    await settle(completed, other)
    await claim(database, clock, failed.queue)
    expect([await state(last), await state(anyway)]).toEqual(['waiting', 'waiting'])
    await database.transaction(tx =>
      settleJobs(tx, [{ jobId: failed.id, attempt: 2, outcome: completed }], clock.now()),
    )
    expect([await state(last), await state(anyway)]).toEqual(['available', 'available'])
  })

  test('hears of an end that comes while it is made to wait again', async () => {
    if (engine === 'sqlite') return
    const { database, openAgain } = opened()
    const another = await openAgain()
    const other = await begun()
    const last = await after([other])
    await database.transaction(tx => cancelJobs(tx, [last.id], clock.now()))
    const redriven = Promise.withResolvers<void>()
    const commit = Promise.withResolvers<void>()
    const redriving = another.transaction(async tx => {
      const selection = { tenantId: 'default', ids: [last.id] }
      await redriveJobs(tx, selection, { kinds: new Map(), by: null, now: clock.now() })
      redriven.resolve()
      await commit.promise
    })
    await redriven.promise
    const settling = settle(completed, other)
    const waits = `select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`
    while ((await database.query(waits, [])).length === 0);
    commit.resolve()
    await redriving
    expect(await settling).toEqual([last.queue])
    expect(await state(last)).toBe('available')
  })

  test('is counted down by many who end at once, each once', async () => {
    const { database, openAgain } = opened()
    const others = engine === 'sqlite' ? [] : await Promise.all([openAgain(), openAgain(), openAgain()])
    const databases = [database, ...others]
    const queue = newQueue()
    const jobs = Array.from({ length: 40 }, () => newJob(queue))
    await enqueue(database, clock, ...jobs)
    await claim(database, clock, queue)
    const dependents = await Promise.all([after(jobs), after(jobs.slice(0, 39)), after(jobs)])
    await Promise.all(
      jobs.map(({ id }, index) =>
        databases[index % databases.length]?.transaction(tx =>
          settleJobs(tx, [{ jobId: id, attempt: 1, outcome: completed }], clock.now()),
        ),
      ),
    )
    for (const { id } of dependents) {
      expect(await readJob(database, id)).toMatchObject({ state: 'available', waitsFor: 0 })
    }
  })

  test('is begun by the worker that ended what it waited for', async () => {
    const { database } = opened()
    const queue = newQueue()
    const steps = Array.from({ length: 5 }, () => newJob(queue))
    const jobs = steps.map((job, index) => ({ ...job, dependsOn: steps.slice(0, index).map(({ id }) => id) }))
    await enqueue(database, clock, ...jobs)
    const order: string[] = []
    const done = Promise.withResolvers<void>()
    const perform = async ({ job }: { job: { id: string } }) => {
      order.push(job.id)
      if (order.length === jobs.length) done.resolve()
    }
    await using started = startWorker(database, { queue, clock, perform })
    await done.promise
    await started.worker.stop(new AbortController().signal)
    expect(order).toEqual(jobs.map(({ id }) => id))
  })
})
