import { describe, expect, test } from 'bun:test'
import { Type } from '@sinclair/typebox'
import { enqueueAlone, enqueueJobs, uniqueKeyOf } from '../../src/queue/enqueue.ts'
import type { NewJob } from '../../src/queue/job.ts'
import { unfinishedStates } from '../../src/queue/job-state.ts'
import type { JobKind } from '../../src/queue/kind.ts'
import { changeQueue } from '../../src/queue/queue-settings.ts'
import { cancelJobs } from '../../src/queue/sql/cancel-jobs.ts'
import { engines } from '../support/database.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { claim, leaseMs, newJob, newQueue, readQueue } from '../support/jobs.ts'
import { sharedDatabase } from '../support/migrated-database.ts'

const kindOf = (kind: string, given: Partial<JobKind> = {}): JobKind => ({
  kind,
  settlesItself: false,
  perform: async () => ({ kind: 'completed' }),
  ...given,
})

const mail = kindOf('mail', {
  payload: Type.Object({ to: Type.Array(Type.String()), urgent: Type.Optional(Type.Boolean()) }),
})
const kinds = new Map([mail, kindOf('test')].map(kind => [kind.kind, kind]))

describe.each(engines)('enqueueing for known kinds on %s', engine => {
  const opened = sharedDatabase(engine)
  const clock = new FakeClock()

  const enqueue = (...jobs: NewJob[]) =>
    opened().database.transaction(tx => enqueueJobs({ kinds }, tx, jobs, { now: clock.now(), leaseMs }))
  const limitDepth = (queue: string, depthLimit: number) =>
    opened().database.transaction(tx => changeQueue(tx, queue, { depthLimit }, clock.now()))
  const depth = async (queue: string) => (await readQueue(opened().database, queue)).length

  test('stores what fits, and says what became of each', async () => {
    const queue = newQueue()
    const jobs = [newJob(queue, { kind: 'mail', payload: { to: ['a'] } }), newJob(queue, { payload: 'anything' })]
    expect(await enqueue(...jobs)).toEqual(jobs.map(({ id }) => ({ id, state: 'available', existing: null })))
  })

  const alone = (job: NewJob) =>
    enqueueAlone({ kinds, database: opened().database }, job, { now: clock.now(), leaseMs })

  if (engine === 'sqlite')
    test('has no shorter way for one job where there are no round trips', async () => {
      const queue = newQueue()
      expect(await alone(newJob(queue))).toBeNull()
      expect(await depth(queue)).toBe(0)
    })
  else {
    test('stores one job by one statement as it does by many', async () => {
      const given = { kind: 'mail', payload: { to: ['a'] }, priority: 3, limitKey: 'key', timeoutMs: 1_000 }
      const [queue, other] = [newQueue(), newQueue()]
      const job = newJob(queue, given)
      expect(await alone(job)).toEqual({ id: job.id, state: 'available', existing: null })
      await enqueue(newJob(other, given))
      const [one, many] = [
        (await readQueue(opened().database, queue))[0],
        (await readQueue(opened().database, other))[0],
      ]
      expect({ ...one, id: '', queue: '' }).toMatchObject({ ...many, id: '', queue: '' })
    })

    test('hands one job to the worker that has room for it, and puts off one that is not due', async () => {
      const queue = newQueue()
      expect(await alone(newJob(queue, { handOffTo: 'wrk_here' }))).toMatchObject({ state: 'running' })
      expect(await alone(newJob(queue, { handOffTo: 'wrk_here', delayMs: 1 }))).toMatchObject({ state: 'scheduled' })
      expect((await readQueue(opened().database, queue)).map(row => row.worker).sort()).toEqual(
        ['wrk_here', null].sort(),
      )
    })

    test('leaves what takes more than a statement, and writes nothing of it', async () => {
      const queue = newQueue()
      await limitDepth(queue, 5)
      expect(await alone(newJob(queue))).toBeNull()
      const free = newQueue()
      const unique = { key: newQueue(), states: unfinishedStates, forMs: null, onConflict: { kind: 'keep' } as const }
      expect(await alone(newJob(free, { unique }))).toBeNull()
      expect(await alone(newJob(free, { orderKey: newQueue() }))).toBeNull()
      expect(await alone(newJob(free, { runsAfterFailure: true }))).toBeNull()
      expect(await alone(newJob(free, { traceParent: '00-1-1-01' }))).toBeNull()
      expect([await depth(queue), await depth(free)]).toEqual([0, 0])
    })

    test('refuses one job whose kind or payload is wrong', async () => {
      await expect(alone(newJob(newQueue(), { kind: 'fax' }))).rejects.toMatchObject({ code: 'invalid_request' })
      await expect(alone(newJob(newQueue(), { kind: 'mail' }))).rejects.toMatchObject({ code: 'invalid_request' })
    })
  }

  test('refuses a kind that nobody knows, by its name', async () => {
    const queue = newQueue()
    await expect(enqueue(newJob(queue, { kind: 'fax' }))).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('"fax"'),
      errors: [{ in: 'body', path: '/kind', message: 'There is no job kind "fax".' }],
    })
    expect(await depth(queue)).toBe(0)
  })

  test('refuses a payload that does not fit, saying where, and the other jobs with it', async () => {
    const queue = newQueue()
    const wrong = newJob(queue, { kind: 'mail', payload: { to: ['a', 5], urgent: 'yes' } })
    await expect(enqueue(wrong)).rejects.toMatchObject({
      code: 'invalid_request',
      errors: [
        { in: 'body', path: '/payload/to/1', message: 'It must be a text.' },
        { in: 'body', path: '/payload/urgent', message: 'It must be true or false.' },
      ],
    })
    await expect(enqueue(newJob(queue), wrong)).rejects.toMatchObject({
      errors: [{ path: '/jobs/1/payload/to/1' }, { path: '/jobs/1/payload/urgent' }],
    })
    expect(await depth(queue)).toBe(0)
  })

  test('fills a queue up to its depth limit, and has callers come back later', async () => {
    const { database } = opened()
    const queue = newQueue()
    await limitDepth(queue, 3)
    const [first] = await enqueue(newJob(queue), newJob(queue, { delayMs: 60_000 }))
    await expect(enqueue(newJob(queue), newJob(queue))).rejects.toMatchObject({
      code: 'rate_limited',
      retryAfterSeconds: expect.any(Number),
    })
    expect(await depth(queue)).toBe(2)
    await enqueue(newJob(queue))
    // One that runs is not finished either.
    await claim(database, clock, queue, { limit: 1 })
    await expect(enqueue(newJob(queue))).rejects.toMatchObject({ code: 'rate_limited' })
    await enqueue(newJob(newQueue()))
    await database.transaction(tx => cancelJobs(tx, [first?.id ?? ''], clock.now()))
    const left = (await readQueue(database, queue)).find(row => row.state === 'available' || row.state === 'scheduled')
    await database.transaction(tx => cancelJobs(tx, [left?.id ?? ''], clock.now()))
    await enqueue(newJob(queue))
    expect(await depth(queue)).toBe(4)
  })

  test('takes nothing into a queue that is over a limit set later', async () => {
    const queue = newQueue()
    await enqueue(...Array.from({ length: 5 }, () => newJob(queue)))
    await limitDepth(queue, 0)
    await expect(enqueue(newJob(queue))).rejects.toMatchObject({ code: 'rate_limited' })
  })

  test('keeps the same key of two tenants, and of two kinds, apart', async () => {
    const queue = newQueue()
    const names = [
      { tenantId: 'a', kind: 'test', key: queue },
      { tenantId: 'b', kind: 'test', key: queue },
      { tenantId: 'a', kind: 'mail', key: queue },
      { tenantId: 'a', kind: 'test', key: queue },
    ]
    const jobs = names.map(name => {
      const unique = {
        key: uniqueKeyOf(name),
        states: unfinishedStates,
        forMs: null,
        onConflict: { kind: 'keep' },
      } as const
      return newJob(queue, { kind: name.kind, tenantId: name.tenantId, payload: { to: [] }, unique })
    })
    const states = (await enqueue(...jobs)).map(job => job.state)
    expect(states).toEqual(['available', 'available', 'available', 'kept'])
  })

  test('takes ten thousand jobs in one call, with keys of every sort', async () => {
    const queue = newQueue()
    const jobs = Array.from({ length: 10_000 }, (_, index) => {
      const key = uniqueKeyOf({ tenantId: 'default', kind: 'test', key: `${queue} ${index % 9_000}` })
      const unique = { key, states: unfinishedStates, forMs: null, onConflict: { kind: 'keep' } } as const
      return newJob(queue, { payload: index, orderKey: `${queue} ${index % 3}`, unique })
    })
    const last = newJob(queue, { dependsOn: jobs.map(job => job.id) })
    const inserted = await enqueue(...jobs, last)
    expect(inserted.map(job => job.id)).toEqual([...jobs, last].map(job => job.id))
    expect(inserted.filter(job => job.state === 'available')).toHaveLength(9_000)
    expect(inserted.slice(9_000, 10_000).map(job => job.existing)).toEqual(jobs.slice(0, 1_000).map(job => job.id))
    const rows = await readQueue(opened().database, queue)
    expect(rows).toHaveLength(9_001)
    expect(rows.find(row => row.id === last.id)).toMatchObject({ state: 'waiting', waitsFor: 9_000 })
  })
})
