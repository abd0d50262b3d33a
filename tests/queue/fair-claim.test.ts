import { describe, expect, test } from 'bun:test'
import type { Database } from '../../src/db/database.ts'
import type { NewJob } from '../../src/queue/job.ts'
import { claimTurn } from '../../src/queue/sql/claim-jobs.ts'
import { firstTurn, type Turn } from '../../src/queue/sql/tenant-turns.ts'
import { engines } from '../support/database.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { claim, enqueue, leaseMs, newJob, newQueue } from '../support/jobs.ts'
import { sharedDatabase } from '../support/migrated-database.ts'

const jobsOf = (queue: string, tenantId: string, count: number, given: Partial<NewJob> = {}) =>
  Array.from({ length: count }, () => newJob(queue, { tenantId, ...given }))

const countByTenant = (jobs: { tenantId: string }[]): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const { tenantId } of jobs) counts[tenantId] = (counts[tenantId] ?? 0) + 1
  return counts
}

describe.each(engines)('claiming for several tenants on %s', engine => {
  const opened = sharedDatabase(engine)
  const clock = new FakeClock()

  /** Claims one after the other, each beginning where the one before has ended. */
  function claimer(queue: string, database: Database = opened().database) {
    let turn: Turn = firstTurn
    return async (limit: number) => {
      const options = { queue, worker: 'wrk_test', limit, leaseMs, now: clock.now() }
      const { jobs, next, more } = await database.transaction(tx => claimTurn(tx, options, turn))
      turn = next
      return { jobs, more }
    }
  }

  test('takes the few jobs of one in the next claim, whatever waits for another', async () => {
    const { database } = opened()
    const queue = newQueue()
    for (let batch = 0; batch < 10; batch++) await enqueue(database, clock, ...jobsOf(queue, 'busy', 1_000))
    const take = claimer(queue)
    for (let before = 0; before < 3; before++) expect(countByTenant((await take(20)).jobs)).toEqual({ busy: 20 })
    clock.advance(1_000)
    const few = jobsOf(queue, 'quiet', 4)
    await enqueue(database, clock, ...few)
    const { jobs } = await take(20)
    expect(countByTenant(jobs)).toEqual({ busy: 10, quiet: 4 })
    expect(countByTenant((await take(20)).jobs)).toEqual({ busy: 20 })
  })

  test('gives a tenant that has just come its place also where there is room for one job', async () => {
    const { database } = opened()
    const queue = newQueue()
    await enqueue(database, clock, ...jobsOf(queue, 'b', 50))
    const take = claimer(queue)
    await take(1)
    clock.advance(1_000)
    // More urgent or not: a priority is among the jobs of a tenant.
    await enqueue(
      database,
      clock,
      ...jobsOf(queue, 'a', 3, { priority: 9 }),
      ...jobsOf(queue, 'c', 3, { priority: -9 }),
    )
    const order: string[] = []
    for (let next = 0; next < 9; next++) order.push(...(await take(1)).jobs.map(job => job.tenantId))
    expect(order.join('')).toBe('cabcabcab')
  })

  test('shares what there is room for evenly, and each tenant gets its most urgent first', async () => {
    const { database } = opened()
    const queue = newQueue()
    for (const tenant of ['a', 'b', 'c']) {
      const jobs = jobsOf(queue, tenant, 30).map((job, index) => ({ ...job, priority: 30 - index }))
      await enqueue(database, clock, ...jobs)
    }
    const take = claimer(queue)
    const { jobs } = await take(9)
    expect(countByTenant(jobs)).toEqual({ a: 3, b: 3, c: 3 })
    const left = await opened().database.query<{ least: number }>(
      `select max(priority) least from jobs where queue = '${queue}' and state = 'running'`,
      [],
    )
    expect(left).toEqual([{ least: 3 }])
  })

  test('goes on with those it has not looked at, and has seen all when it says so', async () => {
    const { database } = opened()
    const queue = newQueue()
    const tenants = Array.from({ length: 150 }, (_, index) => `tenant ${String(index).padStart(3, '0')}`)
    await enqueue(database, clock, ...tenants.flatMap(tenant => jobsOf(queue, tenant, 2)))
    const take = claimer(queue)
    const counts: number[] = []
    const claimed: string[] = []
    for (;;) {
      const { jobs, more } = await take(40)
      counts.push(jobs.length)
      claimed.push(...jobs.map(job => job.tenantId))
      if (!more) break
    }
    // Four claims go once around, and ten tenants farther.
    expect(counts.slice(0, 4)).toEqual([40, 40, 40, 40])
    expect(new Set(claimed.slice(0, 160)).size).toBe(150)
    expect(claimed).toHaveLength(300)
    expect(counts.length).toBeLessThan(14)
  })

  test('finds the one job that may begin behind many tenants of whom none may', async () => {
    const { database } = opened()
    const queue = newQueue()
    for (let index = 0; index < 200; index++) {
      const key = newQueue()
      const tenant = `tenant ${String(index).padStart(3, '0')}`
      await enqueue(database, clock, ...jobsOf(queue, tenant, 2, { orderKey: key }))
    }
    // Of each key one runs, and the other has to wait for it.
    const first = claimer(queue)
    for (let taken = 0; taken < 200; ) taken += (await first(50)).jobs.length
    await enqueue(database, clock, ...jobsOf(queue, 'zz', 1))
    const take = claimer(queue)
    const found: string[] = []
    let claims = 0
    for (let more = true; more; claims++) {
      const claimed = await take(10)
      found.push(...claimed.jobs.map(job => job.tenantId))
      more = claimed.more
      expect(claims).toBeLessThan(50)
    }
    expect(found).toEqual(['zz'])
  })

  test('never says that there is no more while there is, in any mix', async () => {
    const { database } = opened()
    for (const seed of [1, 2, 3, 4]) {
      const queue = newQueue()
      const random = randomFrom(seed)
      const jobs: NewJob[] = []
      for (let tenant = 0; tenant < 1 + random(100); tenant++) {
        const many = random(8) === 0 ? 60 : 3
        jobs.push(...jobsOf(queue, `tenant ${tenant}`, 1 + random(many), { priority: random(3) }))
      }
      await enqueue(database, clock, ...jobs)
      const take = claimer(queue)
      let claimed = 0
      for (;;) {
        const { jobs: taken, more } = await take(1 + random(30))
        claimed += taken.length
        if (!more) break
      }
      expect(claimed).toBe(jobs.length)
      expect(await claim(database, clock, queue)).toEqual([])
    }
  })

  test('finds what comes before the place it goes on from as soon as it finds nothing behind', async () => {
    const { database } = opened()
    const queue = newQueue()
    await enqueue(database, clock, ...jobsOf(queue, 'a', 30))
    const take = claimer(queue)
    await take(10)
    await take(10)
    const urgent = newJob(queue, { tenantId: 'a', priority: -1 })
    await enqueue(database, clock, urgent)
    const found: string[] = []
    for (let more = true; more; ) {
      const claimed = await take(10)
      found.push(...claimed.jobs.map(job => job.id))
      more = claimed.more
    }
    expect(found).toHaveLength(11)
    expect(found).toContain(urgent.id)
  })

  test('lets nothing of a blocked order key pass but the job that blocks it', async () => {
    const { database } = opened()
    const queue = newQueue()
    const [failed, behind] = [newJob(queue, { orderKey: queue }), newJob(queue, { orderKey: queue })]
    await enqueue(database, clock, failed, behind)
    const write = (text: string) => database.transaction(tx => tx.query(text, []))
    await write(`insert into blocked_order_keys (order_key, queue, job_id, blocked_at)
                 select order_key, queue, id, created_at from jobs where id = '${failed.id}'`)
    await write(`update jobs set state = 'discarded', finished_at = created_at where id = '${failed.id}'`)
    expect(await claim(database, clock, queue)).toEqual([])
    await write(`update jobs set state = 'available', finished_at = null where id = '${failed.id}'`)
    expect((await claim(database, clock, queue)).map(job => job.id)).toEqual([failed.id])
  })
})

/** Small whole numbers below `below`, the same for the same seed. */
function randomFrom(seed: number) {
  let state = seed
  return (below: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((state / 2_147_483_648) * below)
  }
}
