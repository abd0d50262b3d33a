import { expect, setDefaultTimeout, test } from 'bun:test'
import { join } from 'node:path'
import type { Database } from '../../src/db/database.ts'
import { claimFew } from '../../src/queue/sql/claim-few.ts'
import { claimJobs } from '../../src/queue/sql/claim-jobs.ts'
import { insertJobs } from '../../src/queue/sql/insert-jobs.ts'
import { settleJobs } from '../../src/queue/sql/settle-jobs.ts'
import { newId } from '../../src/runtime/id.ts'
import { leaseMs, newJob, newQueue, readQueue } from '../support/jobs.ts'
import { migratedDatabase, sharedDatabase } from '../support/migrated-database.ts'

setDefaultTimeout(60_000)

const opened = sharedDatabase('postgres')
const count = 2_000

const enqueue = (database: Database, jobs: ReturnType<typeof newJob>[]) =>
  database.transaction(tx => insertJobs(tx, jobs, { now: null, leaseMs }))

const claim = (database: Database, queue: string, limit: number) =>
  database.transaction(tx => claimJobs(tx, { queue, worker: 'wrk_test', limit, leaseMs, now: null }))

/** The same, brief jobs together. */
const claimTogether = (database: Database, queue: string, limit: number) => {
  const together = { id: newId('clm'), kinds: ['test'] }
  return database.single(tx => claimJobs(tx, { queue, worker: 'wrk_test', limit, leaseMs, now: null, together }))
}

/** As a worker that has caught up. */
const claimAFew = (database: Database, queue: string) =>
  database.single(async tx => (await claimFew(tx, { queue, worker: 'wrk_test', limit: 100, leaseMs, now: null })).jobs)

const claimers = async (own: { database: Database; openAgain(): Promise<Database> }, number: number) => [
  own.database,
  ...(await Promise.all(Array.from({ length: number - 1 }, own.openAgain))),
]

test('connections that claim at once never get the same job, and together get all', async () => {
  const { database } = opened()
  const queue = newQueue()
  await enqueue(
    database,
    Array.from({ length: count }, () => newJob(queue)),
  )
  const databases = await claimers(opened(), 5)
  const claimed: string[] = []
  await Promise.all(
    databases.map(async (from, index) => {
      for (;;) {
        const jobs = await claim(from, queue, 1 + 7 * index)
        if (jobs.length === 0) break
        claimed.push(...jobs.map(job => job.id))
      }
    }),
  )
  expect(claimed).toHaveLength(count)
  expect(new Set(claimed)).toHaveProperty('size', count)
})

test('those that take brief jobs together, one at a time or a few never get the same', async () => {
  const { database } = opened()
  const databases = await claimers(opened(), 8)
  const rounds = 10
  let together = 0
  for (let round = 0; round < rounds; round++) {
    const queue = newQueue()
    const jobs = Array.from({ length: count }, () => newJob(queue))
    await enqueue(database, jobs)
    const claimed: string[] = []
    await Promise.all(
      databases.map(async (from, index) => {
        // Nothing found says nothing of what is left: others may have taken meanwhile all that a claim has chosen.
        for (let tries = 0; claimed.length < count && tries < count; tries++) {
          const some = await (index < 3
            ? claimTogether(from, queue, 20 + index)
            : index < 6
              ? claim(from, queue, index - 2)
              : claimAFew(from, queue))
          together += some.filter(job => job.claim !== undefined).length
          claimed.push(...some.map(job => job.id))
        }
      }),
    )
    expect(claimed).toHaveLength(count)
    expect(new Set(claimed)).toHaveProperty('size', count)
  }
  expect(together).toBeGreaterThan(0)
  expect(together).toBeLessThan(rounds * count)
})

test('a claim waits for nobody: it passes over what another is just taking', async () => {
  const { database, openAgain } = opened()
  const queue = newQueue()
  await enqueue(
    database,
    Array.from({ length: 10 }, () => newJob(queue)),
  )
  const another = await openAgain()
  await database.transaction(async tx => {
    const mine = await claimJobs(tx, { queue, worker: 'wrk_a', limit: 6, leaseMs, now: null })
    const theirs = await claim(another, queue, 6)
    expect([mine.length, theirs.length]).toEqual([6, 4])
  })
})

test('a claim hides nothing from others that it does not take', async () => {
  const { database, openAgain } = opened()
  const queue = newQueue()
  const jobs = Array.from({ length: 24 }, (_, index) => newJob(queue, { tenantId: `tenant ${index % 5}` }))
  await enqueue(database, jobs)
  const another = await openAgain()
  await database.transaction(async tx => {
    const mine = await claimJobs(tx, { queue, worker: 'wrk_a', limit: 7, leaseMs, now: null })
    expect(mine).toHaveLength(7)
    let theirs = 0
    for (let found = 1; found > 0; theirs += found) found = (await claim(another, queue, 20)).length
    expect(theirs).toBe(17)
  })
})

test('claiming, settling and enqueueing at once run every job once', async () => {
  const { database } = opened()
  const queue = newQueue()
  const databases = await claimers(opened(), 4)
  const ran = new Map<string, number>()
  let enqueued = 0
  await Promise.all([
    ...databases.map(async from => {
      while (ran.size < count) {
        const jobs = await claim(from, queue, 20)
        for (const { id } of jobs) ran.set(id, (ran.get(id) ?? 0) + 1)
        const settlements = jobs.map(job => ({
          jobId: job.id,
          attempt: job.attempt,
          outcome: { kind: 'completed' } as const,
        }))
        const written = await from.transaction(tx => settleJobs(tx, settlements, null))
        expect(written.size).toBe(jobs.length)
      }
    }),
    (async () => {
      for (; enqueued < count; enqueued += 50)
        await enqueue(
          database,
          Array.from({ length: 50 }, (_, index) => newJob(queue, { tenantId: `tenant ${index % 7}` })),
        )
    })(),
  ])
  expect(ran.size).toBe(count)
  expect(new Set(ran.values())).toEqual(new Set([1]))
  const rows = await readQueue(database, queue)
  expect(rows.every(row => row.state === 'completed' && row.attempt === 1)).toBe(true)
})

test('jobs of order keys never run beside each other, whoever claims', async () => {
  const { database } = opened()
  const queue = newQueue()
  const keys = Array.from({ length: 8 }, () => newQueue())
  const jobs = Array.from({ length: 160 }, (_, index) => newJob(queue, { orderKey: keys[index % keys.length] ?? null }))
  await enqueue(database, jobs)
  const keyOf = new Map(jobs.map(job => [job.id, job.orderKey ?? '']))
  const running = new Set<string>()
  const order = new Map<string, string[]>()
  let left = jobs.length
  await Promise.all(
    (await claimers(opened(), 4)).map(async from => {
      while (left > 0) {
        for (const job of await claim(from, queue, 5)) {
          const key = keyOf.get(job.id) ?? ''
          expect(running.has(key)).toBe(false)
          running.add(key)
          order.set(key, [...(order.get(key) ?? []), job.id])
          // Let the others try.
          await from.query('select 1', [])
          running.delete(key)
          left--
          const settlement = { jobId: job.id, attempt: 1, outcome: { kind: 'completed' } as const }
          await from.transaction(tx => settleJobs(tx, [settlement], null))
        }
      }
    }),
  )
  for (const key of keys) expect(order.get(key)).toEqual(jobs.filter(job => job.orderKey === key).map(job => job.id))
})

test('processes that claim at once never get the same job, and together get all', async () => {
  await using own = await migratedDatabase('postgres')
  const queue = newQueue()
  await enqueue(
    own.database,
    Array.from({ length: count }, () => newJob(queue)),
  )
  const children = Array.from({ length: 4 }, (_, index) =>
    Bun.spawn([process.execPath, join(import.meta.dir, '../support/claimer-entry.ts'), queue, String(3 + index)], {
      env: { ...process.env, DATABASE_URL: own.url },
      stdio: ['pipe', 'pipe', 'inherit'],
    }),
  )
  let waiting = children.length
  const ready = () => {
    if (--waiting === 0) for (const child of children) child.stdin.write('go\n')
  }
  const said = await Promise.all(
    children.map(async child => {
      const decoder = new TextDecoder()
      let output = ''
      for await (const bytes of child.stdout) {
        output += decoder.decode(bytes, { stream: true })
        if (output === 'ready\n') ready()
      }
      return output
    }),
  )
  const shares = said.map(output => JSON.parse(output.replace('ready\n', '')) as string[])
  expect(shares.flat()).toHaveLength(count)
  expect(new Set(shares.flat())).toHaveProperty('size', count)
  expect(shares.every(share => share.length > 0)).toBe(true)
})
