import { describe, expect, test } from 'bun:test'
import { setImmediate as othersTurn } from 'node:timers/promises'
import type { Database } from '../../src/db/database.ts'
import { readQueueGauges } from '../../src/gauges/sql/queue-gauges.ts'
import { changeQueue } from '../../src/queue/queue-settings.ts'
import { Rescuer } from '../../src/queue/rescuer.ts'
import { cancelJobs } from '../../src/queue/sql/cancel-jobs.ts'
import { claimJobs } from '../../src/queue/sql/claim-jobs.ts'
import { claimLimitedJobs } from '../../src/queue/sql/claim-limited-jobs.ts'
import { type Together, togetherFrom } from '../../src/queue/sql/claim-together.ts'
import { completeAlike } from '../../src/queue/sql/complete-alike.ts'
import { firstTurn } from '../../src/queue/sql/tenant-turns.ts'
import { writeOutClaims } from '../../src/queue/sql/write-out-claims.ts'
import { newId } from '../../src/runtime/id.ts'
import { engines } from '../support/database.ts'
import { FactLog } from '../support/fact-log.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { claim, enqueue, leaseMs, newJob, newQueue, readJob, readQueue } from '../support/jobs.ts'
import { failOnTimersLeft } from '../support/leaks.ts'
import { migratedDatabase, sharedDatabase } from '../support/migrated-database.ts'
import { aborted, startWorker } from '../support/worker.ts'

failOnTimersLeft()

const count = 30

/** Resolves when so many of these facts were told. */
async function told(facts: FactLog, name: 'job.attempted' | 'job.rescued', times: number): Promise<void> {
  let seen = 0
  await facts.until(name, () => ++seen === times)
}

const claimsOf = (database: Database, queue: string) =>
  database.query<{ id: string; job_ids: string }>(`select id, job_ids from claims where queue = '${queue}'`, [])

describe.each(engines)('brief jobs that are claimed together on %s', engine => {
  const opened = sharedDatabase(engine)
  const clock = new FakeClock()

  const claimTogether = (queue: string, { limit = 100, kinds = ['test'] } = {}) => {
    const together: Together = { id: newId('clm'), kinds }
    return opened().database.transaction(tx =>
      claimJobs(tx, { queue, worker: 'wrk_brief', limit, leaseMs, now: clock.now(), together }),
    )
  }

  async function waiting(jobs = count) {
    const queue = newQueue()
    const made = Array.from({ length: jobs }, () => newJob(queue))
    await enqueue(opened().database, clock, ...made)
    return { queue, ids: made.map(job => job.id) }
  }

  async function claimedTogether(jobs = count) {
    const { queue, ids } = await waiting(jobs)
    const claimed = await claimTogether(queue)
    return { queue, ids, claimed, id: claimed[0]?.claim ?? 'none' }
  }

  test('stand in one claim, and are nobody else’s', async () => {
    const { database } = opened()
    const { queue, ids, claimed, id } = await claimedTogether()
    expect(claimed.map(job => job.id).sort()).toEqual(ids)
    expect(claimed).toContainEqual(expect.objectContaining({ attempt: 1, claim: id, dueToLeaseEndMs: leaseMs }))
    expect((await readQueue(database, queue)).every(row => row.state === 'available' && row.attempt === 0)).toBe(true)
    const [only, ...others] = await claimsOf(database, queue)
    expect([only?.id, others]).toEqual([id, []])
    expect(only?.job_ids.split(',').sort()).toEqual(ids)
    expect(await claim(database, clock, queue)).toEqual([])
    expect(await claimTogether(queue)).toEqual([])
    const limited = { queue, worker: 'wrk', limit: 100, leaseMs, now: clock.now() }
    // Nothing of them is given out, and for whoever counts what runs they are written out.
    expect((await database.transaction(tx => claimLimitedJobs(tx, limited, firstTurn))).jobs).toEqual([])
    expect(await readJob(database, ids[0] ?? '')).toMatchObject({ state: 'running', attempt: 1, worker: 'wrk_brief' })
  })

  test('are written as running where there are few, or of another kind, or with a key', async () => {
    const { database } = opened()
    const few = await waiting(togetherFrom - 1)
    const others = await waiting()
    const unique = { key: 'k', states: ['available'] as const, forMs: null, onConflict: { kind: 'keep' } as const }
    const [ordered] = await enqueue(database, clock, newJob(others.queue, { orderKey: newQueue() }))
    const [alone] = await enqueue(database, clock, newJob(others.queue, { unique: { ...unique, key: newQueue() } }))
    expect((await claimTogether(few.queue)).every(job => job.claim === undefined)).toBe(true)
    expect((await readQueue(database, few.queue)).every(row => row.state === 'running')).toBe(true)
    const claimed = await claimTogether(others.queue)
    const written = claimed.filter(job => job.claim === undefined).map(job => job.id)
    expect(written.sort()).toEqual([ordered?.id ?? '', alone?.id ?? ''].sort())
    expect(claimed).toHaveLength(count + 2)
    const unknown = await waiting()
    expect((await claimTogether(unknown.queue, { kinds: ['other'] })).every(job => job.claim === undefined)).toBe(true)
  })

  test('are gone when they have completed, and the claim goes with the last of them', async () => {
    const { database } = opened()
    const { queue, ids, id } = await claimedTogether()
    const complete = (some: string[], ofClaims: string[]) =>
      completeAlike(database, { ids: some, attempt: 1, forgets: true, ofClaims }, clock.now())
    expect(await complete(ids.slice(0, 10), [])).toBe('all')
    expect(await readQueue(database, queue)).toHaveLength(count - 10)
    expect(await claimsOf(database, queue)).toHaveLength(1)
    expect(await complete(ids.slice(10), [id])).toBe('all')
    expect([await readQueue(database, queue), await claimsOf(database, queue)]).toEqual([[], []])
  })

  test('are left alone by an attempt that has lost them', async () => {
    const { database } = opened()
    const { queue, ids, id } = await claimedTogether()
    await database.transaction(tx => writeOutClaims(tx, { ids: [id] }))
    const late = await completeAlike(database, { ids, attempt: 1, forgets: true, ofClaims: [id] }, clock.now())
    expect(late === 'all' ? late : late.size).toBe(0)
    expect(await readQueue(database, queue)).toHaveLength(count)
  })

  test('are running, with the worker and the lease of their claim, when it is written out, and once only', async () => {
    const { database } = opened()
    const { queue, id } = await claimedTogether()
    const claimedAt = clock.now()
    clock.advance(5)
    for (let time = 0; time < 2; time++) await database.transaction(tx => writeOutClaims(tx, { ids: [id] }))
    expect(await claimsOf(database, queue)).toEqual([])
    for (const row of await readQueue(database, queue)) {
      expect(row).toMatchObject({ state: 'running', attempt: 1, worker: 'wrk_brief', startedAt: claimedAt })
      expect(row.leaseExpiresAt).toBe(claimedAt + leaseMs)
    }
  })

  test('are asked to stop when somebody cancels one, as other running jobs', async () => {
    const { database } = opened()
    const { ids } = await claimedTogether()
    const [first = ''] = ids
    const cancelled = await database.transaction(tx => cancelJobs(tx, [first], clock.now()))
    expect(cancelled).toMatchObject([{ id: first, state: 'running' }])
    expect(await readJob(database, first)).toMatchObject({ state: 'running', attempt: 1 })
  })

  test('count as running', async () => {
    const { queue } = await claimedTogether()
    const [reading] = await readQueueGauges(opened().database, [queue], clock.now())
    expect(reading).toMatchObject({ available: 0, running: count })
  })

  test('count as running for limits that are set meanwhile', async () => {
    const { database } = opened()
    const { queue } = await claimedTogether()
    await enqueue(database, clock, ...Array.from({ length: 5 }, () => newJob(queue)))
    await database.transaction(tx => changeQueue(tx, queue, { concurrency: count + 2 }, clock.now()))
    const limited = { queue, worker: 'wrk', limit: 100, leaseMs, now: clock.now() }
    const { jobs } = await database.transaction(tx => claimLimitedJobs(tx, limited, firstTurn))
    expect(jobs).toHaveLength(2)
  })
})

describe.each(engines)('a worker and brief jobs on %s', engine => {
  const opened = sharedDatabase(engine)
  const clock = new FakeClock()
  const kind = { forgetsCompleted: true }

  async function waiting(given: Parameters<typeof newJob>[1] = {}) {
    const queue = newQueue()
    const jobs = Array.from({ length: count }, () => newJob(queue, given))
    await enqueue(opened().database, clock, ...jobs)
    return { queue, jobs, ids: jobs.map(job => job.id) }
  }

  test('runs each once, and leaves neither jobs nor claims', async () => {
    const { database } = opened()
    const { queue, ids } = await waiting()
    const ran: string[] = []
    const all = Promise.withResolvers<void>()
    const perform = async ({ job }: { job: { id: string; claim?: string | undefined } }) => {
      expect(job.claim).toBeString()
      ran.push(job.id)
      if (ran.length === count) all.resolve()
    }
    const { worker } = startWorker(database, { queue, clock, kind, perform, concurrency: 100 })
    await all.promise
    await worker.stop(new AbortController().signal)
    expect(ran.sort()).toEqual(ids)
    expect([await readQueue(database, queue), await claimsOf(database, queue)]).toEqual([[], []])
  })

  test('writes what takes longer than a moment as running, and ends it as any other', async () => {
    const { database } = opened()
    const { queue, jobs } = await waiting()
    const [slow] = jobs
    const goOn = Promise.withResolvers<void>()
    const perform = async ({ job }: { job: { id: string } }) => {
      if (job.id === slow?.id) await goOn.promise
    }
    const { worker } = startWorker(database, { queue, clock, kind, perform, concurrency: 100 })
    let rows = await readQueue(database, queue)
    while (rows.length !== 1 || rows[0]?.state !== 'running') {
      await othersTurn()
      rows = await readQueue(database, queue)
    }
    expect(rows).toMatchObject([{ id: slow?.id, attempt: 1, worker: worker.id }])
    expect(await claimsOf(database, queue)).toEqual([])
    await worker.renewLeases()
    goOn.resolve()
    await worker.stop(new AbortController().signal)
    expect(await readQueue(database, queue)).toEqual([])
  })

  test('tries again what fails among them, and keeps what it has said', async () => {
    const { database } = opened()
    const { queue, jobs } = await waiting({ maxAttempts: 1 })
    const failing = new Set(jobs.slice(0, 3).map(job => job.id))
    const perform = async ({ job, log }: { job: { id: string }; log(message: string): void }) => {
      if (!failing.has(job.id)) return
      log('about to fail')
      throw new Error('It failed.')
    }
    const { worker, facts } = startWorker(database, { queue, clock, kind, perform, concurrency: 100 })
    await told(facts, 'job.attempted', count)
    await worker.stop(new AbortController().signal)
    const rows = await readQueue(database, queue)
    expect(rows.map(row => row.id)).toEqual([...failing].sort())
    for (const row of rows) {
      expect(row).toMatchObject({ state: 'discarded', attempt: 1, errors: [{ attempt: 1, message: 'It failed.' }] })
    }
    const logs = await database.query<{ job_id: string }>(
      `select job_id from job_logs where message = 'about to fail'`,
      [],
    )
    expect(logs.map(line => line.job_id).sort()).toEqual([...failing].sort())
    expect(await claimsOf(database, queue)).toEqual([])
  })

  test('hands back what it has no time for, the attempt not counted', async () => {
    const { database } = opened()
    const { queue } = await waiting()
    const begun = Promise.withResolvers<void>()
    let running = 0
    const { worker } = startWorker(database, {
      queue,
      clock,
      kind,
      perform: async attempt => {
        if (++running === count) begun.resolve()
        throw await aborted(attempt)
      },
      concurrency: 100,
    })
    await begun.promise
    await worker.stop(AbortSignal.abort())
    const rows = await readQueue(database, queue)
    expect(rows).toHaveLength(count)
    for (const row of rows) expect(row).toMatchObject({ state: 'available', attempt: 0, worker: null })
    expect(await claimsOf(database, queue)).toEqual([])
  })
})

describe.each(engines)('brief jobs of a worker that died, on %s', engine => {
  test.each([false, true])('are another’s when the lease has ended (alone from the start: %p)', async soleOwner => {
    await using opened = await migratedDatabase(engine)
    const { database } = opened
    const clock = new FakeClock()
    const queue = newQueue()
    await enqueue(database, clock, ...Array.from({ length: count }, () => newJob(queue)))
    const lost = await database.transaction(tx =>
      claimJobs(tx, {
        queue,
        worker: 'wrk_dead',
        limit: 100,
        leaseMs,
        now: clock.now(),
        together: { id: newId('clm'), kinds: ['test'] },
      }),
    )
    expect(lost[0]?.claim).toBeString()
    if (!soleOwner) clock.advance(leaseMs)
    const facts = new FactLog()
    const rescuer = new Rescuer({
      database,
      clock,
      emit: facts.emit,
      kinds: [],
      leaseMs,
      soleOwner,
      onRescued: () => {},
    })
    await rescuer.start()
    await told(facts, 'job.rescued', count)
    await rescuer.stop()
    for (const row of await readQueue(database, queue)) {
      expect(row).toMatchObject({ state: 'available', attempt: 1, errors: [{ attempt: 1 }] })
    }
    // What the dead one says now, if it only slept, ends nothing.
    const ids = lost.map(job => job.id)
    const late = await completeAlike(database, { ids, attempt: 1, forgets: true, ofClaims: [] }, clock.now())
    expect(late === 'all' ? late : late.size).toBe(0)
    expect(await claim(database, clock, queue)).toHaveLength(count)
  })
})
