import { describe, expect, test } from 'bun:test'
import type { Database } from '../../src/db/database.ts'
import { Claimer } from '../../src/queue/claimer.ts'
import { newId } from '../../src/runtime/id.ts'
import { engines } from '../support/database.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { enqueue, leaseMs, newJob, newQueue } from '../support/jobs.ts'
import { sharedDatabase } from '../support/migrated-database.ts'

const clock = new FakeClock()

/** Of a worker to which all jobs of the tests are brief. */
const newClaimer = (database: Database, queue: string) =>
  new Claimer({
    database,
    clock,
    queue,
    leaseMs,
    worker: newId('wrk'),
    together: () => ({ id: newId('clm'), kinds: ['test'] }),
  })

async function claimAll(claimer: Claimer, limit: number): Promise<string[]> {
  const ids: string[] = []
  for (let more = true; more; ) {
    const claimed = await claimer.claim(limit)
    ids.push(...claimed.jobs.map(job => job.id))
    more = claimed.more
  }
  return ids
}

describe.each(engines)('a claimer of brief jobs on %s', engine => {
  const opened = sharedDatabase(engine)

  test('says of each job what is its own, whatever they have in common', async () => {
    const { database } = opened()
    const queue = newQueue()
    const jobs = Array.from({ length: 60 }, (_, index) =>
      newJob(queue, {
        tenantId: `tenant ${index % 2}`,
        payload: { index, says: 'a, "b"' },
        maxAttempts: 3 + (index % 3),
        limitKey: index % 4 === 0 ? 'a key' : null,
        timeoutMs: index % 5 === 0 ? 9_000 : null,
        traceParent: index % 3 === 0 ? `00-${String(index).padStart(32, '0')}-00000000000000aa-01` : null,
      }),
    )
    await enqueue(database, clock, ...jobs)
    const claimed = new Map((await newClaimer(database, queue).claim(100)).jobs.map(job => [job.id, job]))
    expect(claimed.size).toBe(jobs.length)
    for (const { id, tenantId, payload, maxAttempts, limitKey, timeoutMs, traceParent } of jobs) {
      const own = { tenantId, payload, maxAttempts, limitKey, timeoutMs, traceParent }
      expect(claimed.get(id)).toMatchObject({ ...own, attempt: 1, ordered: false, claim: expect.any(String) })
    }
  })

  test('takes each once when it goes on from where it was, and then begins anew', async () => {
    const { database } = opened()
    const queue = newQueue()
    const jobs = Array.from({ length: 300 }, () => newJob(queue))
    await enqueue(database, clock, ...jobs)
    const claimer = newClaimer(database, queue)
    const claimed: string[] = []
    for (let claims = 0; claims < 4; claims++) claimed.push(...(await claimer.claim(50)).jobs.map(job => job.id))
    // They go before all that have been taken.
    const urgent = Array.from({ length: 30 }, () => newJob(queue, { priority: -1 }))
    await enqueue(database, clock, ...urgent)
    claimed.push(...(await claimAll(claimer, 50)))
    expect(claimed.sort()).toEqual([...jobs, ...urgent].map(job => job.id).sort())
  })
})

describe('claimers of several processes', () => {
  const opened = sharedDatabase('postgres')

  test('together take each job once while they go on from where they were', async () => {
    const { database, openAgain } = opened()
    const databases = [database, ...(await Promise.all([openAgain(), openAgain(), openAgain()]))]
    for (let round = 0; round < 5; round++) {
      const queue = newQueue()
      const jobs = Array.from({ length: 2_000 }, () => newJob(queue))
      await enqueue(database, clock, ...jobs)
      const claimed = await Promise.all(
        databases.map((own, index) => claimAll(newClaimer(own, queue), 20 + 10 * index)),
      )
      // Whoever finds that another has taken what it chose leaves the rest to the next look.
      claimed.push(await claimAll(newClaimer(database, queue), 50))
      expect(claimed.flat().sort()).toEqual(jobs.map(job => job.id).sort())
    }
  })
})
