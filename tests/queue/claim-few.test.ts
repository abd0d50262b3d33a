import { expect, test } from 'bun:test'
import { changeQueue } from '../../src/queue/queue-settings.ts'
import { claimFew, fewAtMost } from '../../src/queue/sql/claim-few.ts'
import { claimJobs } from '../../src/queue/sql/claim-jobs.ts'
import { newId } from '../../src/runtime/id.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { claim, enqueue, leaseMs, newJob, newQueue, readJob } from '../support/jobs.ts'
import { sharedDatabase } from '../support/migrated-database.ts'

// Only Postgres has it: SQLite asks for a tenant's jobs by statements that cost next to nothing.
const opened = sharedDatabase('postgres')
const clock = new FakeClock()

const few = (queue: string, limit = 100) =>
  opened().database.single(tx => claimFew(tx, { queue, worker: 'wrk_few', limit, leaseMs, now: clock.now() }))

async function filled(tenants: string[]) {
  const queue = newQueue()
  const jobs = tenants.map(tenantId => newJob(queue, { tenantId, payload: { of: tenantId } }))
  await enqueue(opened().database, clock, ...jobs)
  return { queue, ids: jobs.map(job => job.id) }
}

test('takes all that is due of all tenants, and says that nothing is left', async () => {
  const { queue, ids } = await filled(['a', 'b', 'a'])
  const claimed = await few(queue)
  expect(claimed.jobs.map(job => job.id).sort()).toEqual([...ids].sort())
  expect(claimed).toMatchObject({ more: false, held: false, last: null })
  expect(claimed.jobs.find(job => job.tenantId === 'b')).toMatchObject({ attempt: 1, payload: { of: 'b' } })
  const row = await readJob(opened().database, ids[0] ?? '')
  expect(row).toMatchObject({ state: 'running', worker: 'wrk_few', leaseExpiresAt: clock.now() + leaseMs })
  expect(await few(queue)).toMatchObject({ jobs: [], more: false, held: false })
})

test('of one tenant’s it says where the last one lay', async () => {
  const { queue, ids } = await filled(['a'])
  expect((await few(queue)).last).toEqual({ tenantId: 'a', priority: 0, runAt: clock.now(), id: ids[0] ?? '' })
})

test('takes no more than a few, or than is wanted, and leaves the rest to the tenants’ turns', async () => {
  const { queue } = await filled(Array.from({ length: fewAtMost + 1 }, () => 'a'))
  expect((await few(queue, 3)).jobs).toHaveLength(3)
  const { queue: other } = await filled(Array.from({ length: fewAtMost }, () => 'a'))
  const claimed = await few(other)
  expect(claimed.jobs).toHaveLength(fewAtMost)
  expect(claimed.more).toBe(true)
})

test('gives more urgent ones of a tenant before others, and none that is not due', async () => {
  const queue = newQueue()
  const [late, urgent, later] = [newJob(queue), newJob(queue, { priority: -1 }), newJob(queue, { delayMs: 60_000 })]
  await enqueue(opened().database, clock, late, urgent, later)
  expect((await few(queue, 1)).jobs.map(job => job.id)).toEqual([urgent.id])
  expect((await few(queue)).jobs.map(job => job.id)).toEqual([late.id])
})

test('takes only the head of an order key', async () => {
  const queue = newQueue()
  const orderKey = newQueue()
  const jobs = [newJob(queue, { orderKey }), newJob(queue, { orderKey })]
  await enqueue(opened().database, clock, ...jobs)
  const claimed = await few(queue)
  expect(claimed.jobs).toMatchObject([{ id: jobs[0]?.id, ordered: true }])
  expect((await few(queue)).jobs).toEqual([])
})

test('takes nothing of a queue that is paused or limited, and says so', async () => {
  const { queue } = await filled(['a'])
  const { database } = opened()
  await database.transaction(tx => changeQueue(tx, queue, { pausedAt: clock.now() }, clock.now()))
  expect(await few(queue)).toMatchObject({ jobs: [], held: true })
  await database.transaction(tx => changeQueue(tx, queue, { pausedAt: null, concurrency: 1 }, clock.now()))
  expect(await few(queue)).toMatchObject({ jobs: [], held: true })
})

test('leaves brief jobs that are claimed together to whoever has them', async () => {
  const { queue } = await filled(Array.from({ length: 30 }, () => 'a'))
  const together = { id: newId('clm'), kinds: ['test'] }
  const options = { queue, worker: 'wrk_brief', limit: 30, leaseMs, now: clock.now(), together }
  expect(await opened().database.transaction(tx => claimJobs(tx, options))).toHaveLength(30)
  expect((await few(queue)).jobs).toEqual([])
  expect(await claim(opened().database, clock, queue)).toEqual([])
})
