import { describe, expect, test } from 'bun:test'
import { claimChosenJobs } from '../../src/queue/sql/claim-chosen-jobs.ts'
import { engines } from '../support/database.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { claim, enqueue, leaseMs, newJob, newQueue, readJob } from '../support/jobs.ts'
import { sharedDatabase } from '../support/migrated-database.ts'

describe.each(engines)('claiming on %s', engine => {
  const opened = sharedDatabase(engine)
  const clock = new FakeClock()

  test('takes a job: running, leased, one attempt more', async () => {
    const { database } = opened()
    const job = newJob(newQueue(), { tenantId: 'tenant', kind: 'greet', payload: { a: 1 }, maxAttempts: 7 })
    await enqueue(database, clock, job)
    clock.advance(10)
    expect(await claim(database, clock, job.queue, { worker: 'wrk_a' })).toEqual([
      {
        id: job.id,
        tenantId: 'tenant',
        queue: job.queue,
        kind: 'greet',
        payload: { a: 1 },
        attempt: 1,
        maxAttempts: 7,
        ordered: false,
        limitKey: null,
        timeoutMs: null,
        traceParent: null,
        dueToLeaseEndMs: 10 + leaseMs,
      },
    ])
    expect(await readJob(database, job.id)).toMatchObject({
      state: 'running',
      attempt: 1,
      worker: 'wrk_a',
      leaseExpiresAt: clock.now() + leaseMs,
      startedAt: clock.now(),
      runAt: clock.now() - 10,
    })
  })

  test('takes a job once', async () => {
    const { database } = opened()
    const queue = newQueue()
    await enqueue(database, clock, newJob(queue))
    expect(await claim(database, clock, queue)).toHaveLength(1)
    expect(await claim(database, clock, queue)).toEqual([])
  })

  test('goes by priority, then by time, then by id', async () => {
    const { database } = opened()
    const queue = newQueue()
    const job = (name: string, priority: number) => newJob(queue, { id: `${queue} ${name}`, priority })
    await enqueue(database, clock, job('later b', 0), job('later a', 0), job('low', 5), job('urgent', -5))
    clock.advance(-1_000)
    await enqueue(database, clock, job('earlier', 0))
    clock.advance(1_000)
    const order: string[] = []
    for (;;) {
      const [next] = await claim(database, clock, queue, { limit: 1 })
      if (!next) break
      order.push(next.id.replace(`${queue} `, ''))
    }
    expect(order).toEqual(['urgent', 'earlier', 'later a', 'later b', 'low'])
  })

  test('takes no more than it has room for, and the most urgent of them', async () => {
    const { database } = opened()
    const queue = newQueue()
    const jobs = Array.from({ length: 50 }, (_, index) => newJob(queue, { priority: 50 - index }))
    await enqueue(database, clock, ...jobs)
    const ids = async (limit: number) => (await claim(database, clock, queue, { limit })).map(job => job.id).sort()
    const last = jobs.map(job => job.id)
    expect(await ids(20)).toEqual(last.slice(30).sort())
    expect(await ids(20)).toEqual(last.slice(10, 30).sort())
    expect(await ids(20)).toEqual(last.slice(0, 10).sort())
    expect(await ids(20)).toEqual([])
  })

  test('takes nothing of another queue, and nothing before its time', async () => {
    const { database } = opened()
    const queue = newQueue()
    await enqueue(database, clock, newJob(newQueue()), newJob(queue, { delayMs: 1 }))
    clock.advance(1_000)
    // Due, but nobody has promoted it.
    expect(await claim(database, clock, queue)).toEqual([])
    await enqueue(database, clock, newJob(queue))
    clock.advance(-1)
    expect(await claim(database, clock, queue)).toEqual([])
    clock.advance(1)
    expect(await claim(database, clock, queue)).toHaveLength(1)
  })

  test('keeps the time of the first start', async () => {
    const { database } = opened()
    const job = newJob(newQueue())
    await enqueue(database, clock, job)
    const started = clock.advance(5)
    await claim(database, clock, job.queue)
    await database.transaction(tx =>
      tx.query(`update jobs set state = 'available', lease_expires_at = null where id = '${job.id}'`, []),
    )
    clock.advance(1_000)
    const [again] = await claim(database, clock, job.queue)
    expect(again?.attempt).toBe(2)
    expect(await readJob(database, job.id)).toMatchObject({ startedAt: started, attempt: 2 })
  })

  test('of chosen jobs takes those that are due, promoted or not, and no others', async () => {
    const { database } = opened()
    const queue = newQueue()
    const due = newJob(queue, { delayMs: 500 })
    const later = newJob(queue, { delayMs: 60_000 })
    const available = newJob(queue)
    const notChosen = newJob(queue)
    const elsewhere = newJob(newQueue())
    await enqueue(database, clock, due, later, available, notChosen, elsewhere)
    clock.advance(500)
    const ids = [due, later, available, elsewhere].map(job => job.id)
    const claimChosen = () =>
      database.transaction(tx => claimChosenJobs(tx, { ids, queue, worker: 'wrk_a', leaseMs, now: clock.now() }))
    const claimed = await claimChosen()
    expect(claimed.map(job => job.id).sort()).toEqual([due.id, available.id].sort())
    expect(await readJob(database, due.id)).toMatchObject({
      state: 'running',
      worker: 'wrk_a',
      attempt: 1,
      leaseExpiresAt: clock.now() + leaseMs,
      startedAt: clock.now(),
    })
    expect(await claimChosen()).toEqual([])
  })
})
