import { describe, expect, test } from 'bun:test'
import { eq } from 'drizzle-orm'
import type { NewJob, Outcome } from '../../src/queue/job.ts'
import { unfinishedStates } from '../../src/queue/job-state.ts'
import { type InsertedJob, insertJobs } from '../../src/queue/sql/insert-jobs.ts'
import { settleJobs } from '../../src/queue/sql/settle-jobs.ts'
import { engines } from '../support/database.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { claim, enqueue, leaseMs, newJob, newQueue, readJob, readQueue, running } from '../support/jobs.ts'
import { sharedDatabase } from '../support/migrated-database.ts'

describe.each(engines)('jobs that depend on others on %s', engine => {
  const opened = sharedDatabase(engine)
  const clock = new FakeClock()

  /** A job that has ended, or has not where there is no outcome. */
  async function before(outcome?: Outcome, given: Partial<NewJob> = {}) {
    const { database } = opened()
    const job = await running(database, clock, given)
    const settlements = outcome ? [{ jobId: job.id, attempt: 1, outcome }] : []
    await database.transaction(tx => settleJobs(tx, settlements, clock.now()))
    return job
  }

  const after = (dependsOn: string[], given: Partial<NewJob> = {}) => newJob(newQueue(), { dependsOn, ...given })
  const states = (inserted: InsertedJob[]) => inserted.map(job => job.state)

  async function dependenciesOf(id: string): Promise<string[]> {
    const { orm, tables } = opened().database
    const { jobDependencies: links } = tables
    const rows = await orm.select({ dependsOn: links.dependsOn }).from(links).where(eq(links.jobId, id))
    return rows.map(row => row.dependsOn).sort()
  }

  test('wait for those that have not ended', async () => {
    const { database } = opened()
    const [open, another, ended] = [await before(), await before(), await before({ kind: 'completed' })]
    const job = after([open.id, ended.id, another.id, open.id], { handOffTo: 'wrk_a' })
    expect(await enqueue(database, clock, job)).toEqual([{ id: job.id, state: 'waiting', existing: null }])
    expect(await readJob(database, job.id)).toMatchObject({ state: 'waiting', waitsFor: 2, attempt: 0, worker: null })
    expect(await readJob(database, open.id)).toMatchObject({ hasDependents: 1, state: 'running' })
    expect(await readJob(database, ended.id)).toMatchObject({ hasDependents: 0 })
    expect(await dependenciesOf(job.id)).toEqual([open.id, another.id].sort())
    expect(await claim(database, clock, job.queue)).toEqual([])
  })

  test('do not wait where all have completed', async () => {
    const ended = await before({ kind: 'completed' })
    const jobs = [after([ended.id]), after([ended.id], { delayMs: 5 }), after([ended.id], { handOffTo: 'wrk_a' })]
    expect(states(await enqueue(opened().database, clock, ...jobs))).toEqual(['available', 'scheduled', 'running'])
  })

  test.each<{ outcome: Outcome; word: string }>([
    { outcome: { kind: 'cancel' }, word: 'cancelled' },
    { outcome: { kind: 'discard', message: 'no' }, word: 'discarded' },
  ])('are cancelled from the start where one was $word, unless they run after failures', async given => {
    const { database } = opened()
    const [failed, open] = [await before(given.outcome), await before()]
    const strict = after([open.id, failed.id])
    const next = after([strict.id])
    const tolerant = after([failed.id, strict.id, open.id], { runsAfterFailure: true })
    expect(states(await enqueue(database, clock, strict, next, tolerant))).toEqual([
      'cancelled',
      'cancelled',
      'waiting',
    ])
    const message = (id: string, state: string) => ({
      attempt: 0,
      at: clock.now(),
      message: `Job ${id}, on which it depends, was ${state}.`,
    })
    expect(await readJob(database, strict.id)).toMatchObject({
      state: 'cancelled',
      finishedAt: clock.now(),
      errors: [message(failed.id, given.word)],
      waitsFor: 0,
    })
    expect(await readJob(database, next.id)).toMatchObject({ errors: [message(strict.id, 'cancelled')] })
    expect(await readJob(database, tolerant.id)).toMatchObject({ waitsFor: 1, runsAfterFailure: 1, errors: [] })
    expect(await dependenciesOf(strict.id)).toEqual([])
    expect(await dependenciesOf(tolerant.id)).toEqual([open.id])
  })

  test('of one batch may be given in any order', async () => {
    const { database } = opened()
    const queue = newQueue()
    const [a, b, c] = [newJob(queue), newJob(queue), newJob(queue)]
    const last: NewJob = newJob(queue, { dependsOn: [b.id, c.id] })
    const batch = [last, { ...c, dependsOn: [a.id] }, { ...b, dependsOn: [a.id] }, a]
    expect(await enqueue(database, clock, ...batch)).toMatchObject([
      { id: last.id, state: 'waiting' },
      { id: c.id, state: 'waiting' },
      { id: b.id, state: 'waiting' },
      { id: a.id, state: 'available' },
    ])
    const rows = await readQueue(database, queue)
    expect(rows.map(row => [row.id, row.waitsFor, row.hasDependents])).toEqual([
      [a.id, 0, 1],
      [b.id, 1, 1],
      [c.id, 1, 1],
      [last.id, 2, 0],
    ])
  })

  test('of one order key come after those that they depend on, whatever their place in the batch', async () => {
    const { database } = opened()
    const queue = newQueue()
    const free = newJob(queue, { orderKey: queue })
    const head = newJob(queue, { orderKey: queue })
    const tail = newJob(queue, { orderKey: queue, dependsOn: [head.id] })
    await enqueue(database, clock, free, tail, head)
    const rows = await readQueue(database, queue)
    expect(new Map(rows.map(row => [row.id, row.orderPosition]))).toEqual(
      new Map([
        [free.id, 1],
        [head.id, 2],
        [tail.id, 3],
      ]),
    )
  })

  test('may be a long chain', async () => {
    const queue = newQueue()
    const chain: NewJob[] = []
    for (let link = 0; link < 5_000; link++) {
      const last = chain.at(-1)
      chain.push(newJob(queue, { dependsOn: last ? [last.id] : [] }))
    }
    const inserted = await enqueue(opened().database, clock, ...chain.toReversed())
    expect(inserted.filter(job => job.state === 'waiting')).toHaveLength(4_999)
  })

  test('cannot wait for themselves, in a circle of any length', async () => {
    const { database } = opened()
    const queue = newQueue()
    const [a, b, c] = [newJob(queue), newJob(queue), newJob(queue)]
    const circles = [
      [{ ...a, dependsOn: [a.id] }],
      [
        { ...a, dependsOn: [c.id] },
        { ...b, dependsOn: [a.id] },
        { ...c, dependsOn: [b.id] },
      ],
    ]
    for (const circle of circles) {
      await expect(enqueue(database, clock, ...circle)).rejects.toMatchObject({ code: 'invalid_request' })
    }
    expect(await readQueue(database, queue)).toEqual([])
  })

  test('are refused where two have the same id', async () => {
    const queue = newQueue()
    const job = newJob(queue)
    const batch = [job, newJob(queue, { dependsOn: [job.id] }), { ...job }]
    await expect(enqueue(opened().database, clock, ...batch)).rejects.toMatchObject({ code: 'invalid_request' })
  })

  test('are refused where one is not there, or another tenant’s', async () => {
    const { database } = opened()
    const queue = newQueue()
    const foreign = await before(undefined, { tenantId: 'other' })
    const inBatch = newJob(queue, { tenantId: 'other' })
    for (const batch of [
      [newJob(queue, { dependsOn: ['job_none'] })],
      [newJob(queue, { dependsOn: [foreign.id] })],
      [inBatch, newJob(queue, { dependsOn: [inBatch.id] })],
    ]) {
      await expect(enqueue(database, clock, newJob(queue), ...batch)).rejects.toMatchObject({ code: 'not_found' })
    }
    expect(await readQueue(database, queue)).toEqual([])
    expect(await readJob(database, foreign.id)).toMatchObject({ hasDependents: 0 })
  })

  test('depend on the job that has the key where a unique one of the batch is not inserted', async () => {
    const { database } = opened()
    const queue = newQueue()
    const unique = { key: queue, states: unfinishedStates, forMs: null, onConflict: { kind: 'keep' } } as const
    const first = newJob(queue, { unique })
    await enqueue(database, clock, first)
    const second = newJob(queue, { unique })
    const next = newJob(queue, { dependsOn: [second.id], unique: { ...unique, key: `${queue} next` } })
    const last = newJob(queue, { dependsOn: [next.id, second.id] })
    const inserted = await enqueue(database, clock, last, next, second)
    expect(inserted).toMatchObject([{ state: 'waiting' }, { state: 'waiting' }, { state: 'kept', existing: first.id }])
    expect(await dependenciesOf(next.id)).toEqual([first.id])
    expect(await dependenciesOf(last.id)).toEqual([first.id, next.id].sort())
    expect(await readJob(database, first.id)).toMatchObject({ hasDependents: 1 })
  })

  test('that are kept wait for nothing', async () => {
    const { database } = opened()
    const queue = newQueue()
    const unique = { key: queue, states: unfinishedStates, forMs: null, onConflict: { kind: 'keep' } } as const
    const open = await before()
    const kept = newJob(queue, { unique, dependsOn: [open.id] })
    await enqueue(database, clock, newJob(queue, { unique }))
    expect(await enqueue(database, clock, kept)).toMatchObject([{ state: 'kept' }])
    expect(await dependenciesOf(kept.id)).toEqual([])
  })

  test('are released by every end of what they depend on, whoever comes first', async () => {
    const { database, openAgain } = opened()
    const another = engine === 'sqlite' ? database : await openAgain()
    const queue = newQueue()
    for (let round = 0; round < 40; round++) {
      const open = await before()
      const job = newJob(queue, { dependsOn: [open.id] })
      const settlement = { jobId: open.id, attempt: 1, outcome: { kind: 'completed' } as const }
      const works = [
        () => database.transaction(tx => insertJobs(tx, [job], { now: clock.now(), leaseMs })),
        () => another.transaction(tx => settleJobs(tx, [settlement], clock.now())),
      ]
      await Promise.all((round % 2 === 0 ? works : works.toReversed()).map(work => work()))
    }
    const rows = await readQueue(database, queue)
    expect(rows.map(row => [row.state, row.waitsFor])).toEqual(rows.map(() => ['available', 0]))
    expect(rows).toHaveLength(40)
  })
})
