import { describe, expect, test } from 'bun:test'
import type { NewJob } from '../../src/queue/job.ts'
import { completeAlike } from '../../src/queue/sql/complete-alike.ts'
import { addLogLines } from '../../src/queue/sql/job-logs.ts'
import { engines } from '../support/database.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { claim, enqueue, newJob, newQueue, readJob, readQueue, settle } from '../support/jobs.ts'
import { sharedDatabase } from '../support/migrated-database.ts'

describe.each(engines)('completing jobs that are alike on %s', engine => {
  const opened = sharedDatabase(engine)
  const clock = new FakeClock()

  async function claimed(given: Partial<NewJob>[]) {
    const queue = newQueue()
    await enqueue(opened().database, clock, ...given.map(each => newJob(queue, each)))
    const jobs = await claim(opened().database, clock, queue)
    return { queue, jobs, ids: jobs.map(job => job.id).sort() }
  }
  const complete = (ids: string[], { attempt = 1, forgets = false } = {}) =>
    completeAlike(opened().database, { ids, attempt, forgets, ofClaims: null }, clock.now())

  test('ends them, frees their unique keys as settling does, and says that it was all', async () => {
    const unique = {
      key: crypto.randomUUID(),
      states: ['running'] as const,
      forMs: null,
      onConflict: { kind: 'keep' } as const,
    }
    const { queue, ids } = await claimed([{ unique }, {}, {}])
    clock.advance(5)
    expect(await complete(ids)).toBe('all')
    for (const row of await readQueue(opened().database, queue)) {
      expect(row).toMatchObject({ state: 'completed', finishedAt: clock.now(), leaseExpiresAt: null, worker: null })
    }
    const again = await enqueue(opened().database, clock, newJob(queue, { unique }))
    expect(again).toMatchObject([{ existing: null }])
  })

  test('forgets them with their logs', async () => {
    const { database } = opened()
    const { queue, ids } = await claimed([{}, {}])
    const line = { attempt: 1, tenantId: 'default', message: 'said', agoMs: 0 }
    await database.transaction(tx =>
      addLogLines(
        tx,
        ids.map(jobId => ({ ...line, jobId })),
        clock.now(),
      ),
    )
    expect(await complete(ids, { forgets: true })).toBe('all')
    expect(await readQueue(database, queue)).toEqual([])
    const list = ids.map(id => `'${id}'`).join()
    expect(await database.query(`select * from job_logs where job_id in (${list})`, [])).toEqual([])
  })

  test.each([true, false])(
    'leaves what another attempt has, and what others depend on (forgets: %p)',
    async forgets => {
      const { database } = opened()
      const { jobs, ids } = await claimed([{}, {}, {}])
      const [first, second, third] = jobs
      if (!first || !second || !third) throw new Error('They were not claimed.')
      await settle(database, clock, first, { kind: 'retry', delayMs: 0, message: 'again' })
      await enqueue(database, clock, newJob(newQueue(), { dependsOn: [second.id] }))
      const ended = await complete(ids, { forgets })
      // SQLite leaves all of them where it is not all, and Postgres knows which.
      expect([...ended]).toEqual(engine === 'sqlite' ? [] : [third.id])
      expect(await readJob(database, first.id)).toMatchObject({ state: 'available', attempt: 1 })
      expect(await readJob(database, second.id)).toMatchObject({ state: 'running', attempt: 1 })
      expect(await complete([second.id], { attempt: 2, forgets })).toEqual(new Set())
      expect(await complete(['job_that_is_"no\\where'], { forgets })).toEqual(new Set())
    },
  )
})
