import { describe, expect, test } from 'bun:test'
import type { Database } from '../../src/db/database.ts'
import type { NewJob, UniqueRule } from '../../src/queue/job.ts'
import { jobStates, unfinishedStates } from '../../src/queue/job-state.ts'
import { type InsertedJob, insertJobs } from '../../src/queue/sql/insert-jobs.ts'
import { settleJobs } from '../../src/queue/sql/settle-jobs.ts'
import { engines } from '../support/database.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { claim, enqueue, leaseMs, newJob, newQueue, readQueue } from '../support/jobs.ts'
import { sharedDatabase } from '../support/migrated-database.ts'

const rule = (key: string, given: Partial<UniqueRule> = {}): UniqueRule => ({
  key,
  states: unfinishedStates,
  forMs: null,
  onConflict: { kind: 'keep' },
  ...given,
})

describe.each(engines)('many who enqueue unique jobs at once on %s', engine => {
  const opened = sharedDatabase(engine)
  const clock = new FakeClock()
  const writers = async (): Promise<Database[]> => {
    const { database, openAgain } = opened()
    return engine === 'sqlite' ? [database] : [database, await openAgain(), await openAgain()]
  }

  test('make one job of each key, and all of them know it', async () => {
    const databases = await writers()
    const queue = newQueue()
    const keys = Array.from({ length: 7 }, newQueue)
    const answers = await Promise.all(
      Array.from({ length: 45 }, (_, index) => {
        const own = index % 2 === 0 ? keys : keys.toReversed()
        const jobs = own.map(key => newJob(queue, { unique: rule(key) }))
        return databases[index % databases.length]?.transaction(tx => insertJobs(tx, jobs, { now: null, leaseMs }))
      }),
    )
    const rows = await readQueue(opened().database, queue)
    expect(rows.map(row => row.uniqueKey).sort()).toEqual(keys.toSorted())
    const known = new Set(answers.flatMap(answer => (answer ?? []).map(one => one.existing ?? one.id)))
    expect([...known].sort()).toEqual(rows.map(row => row.id))
  })

  test('and others who end them: each job is inserted, or answered with one that was unfinished', async () => {
    const databases = await writers()
    const key = newQueue()
    const answers: InsertedJob[] = []
    let left = 60
    const enqueueOn = async (database: Database) => {
      while (left-- > 0) answers.push(...(await enqueue(database, clock, newJob(key, { unique: rule(key) }))))
    }
    const endOn = async (database: Database) => {
      while (left > 0) {
        const claimed = await claim(database, clock, key)
        const settlements = claimed.map(({ id, attempt }) => ({
          jobId: id,
          attempt,
          outcome: { kind: 'completed' } as const,
        }))
        await database.transaction(tx => settleJobs(tx, settlements, clock.now()))
      }
    }
    await Promise.all(databases.flatMap(database => [enqueueOn(database), endOn(database)]))
    const rows = await readQueue(opened().database, key)
    const inserted = answers.filter(one => one.existing === null).map(one => one.id)
    expect(inserted.sort()).toEqual(rows.map(row => row.id))
    expect(rows.filter(row => row.finishedAt === null).length).toBeLessThanOrEqual(1)
    for (const { existing } of answers) if (existing !== null) expect(inserted).toContain(existing)
  })

  test('in random batches do what a list of jobs would', async () => {
    const { database } = opened()
    const seed = Math.floor(Math.random() * 2 ** 32)
    const random = seeded(seed)
    const pick = <T>(...values: [T, ...T[]]): T => values[Math.floor(random() * values.length)] ?? values[0]
    const queue = newQueue()
    const keys = ['a', 'b', 'c'].map(name => `${queue} ${name}`)
    const model = new Map<string, { job: NewJob; dueAt: number; madeAt: number; ended: boolean; until: number }>()
    for (let round = 0; round < 60; round++) {
      const batch = Array.from({ length: 1 + Math.floor(random() * 4) }, (_, index) => {
        const onConflict = pick<UniqueRule['onConflict']>(
          { kind: 'keep' },
          { kind: 'replace', maxDelayMs: pick(null, 700) },
        )
        const states = pick<UniqueRule['states']>(unfinishedStates, jobStates)
        const unique = rule(pick('', ...keys), { states, forMs: pick(null, 500), onConflict })
        return newJob(queue, {
          payload: [round, index],
          delayMs: pick(0, 300, 900),
          unique: unique.key === '' ? null : unique,
        })
      })
      const expected = batch.map(job => {
        const now = clock.now()
        const made = { job, dueAt: now + (job.delayMs ?? 0), madeAt: now, ended: false, until: now + until(job) }
        const holder = [...model.values()].find(
          other =>
            job.unique &&
            other.job.unique?.key === job.unique.key &&
            other.until > now &&
            (!other.ended || other.job.unique.states.includes('completed')),
        )
        const onConflict = job.unique?.onConflict
        if (!holder) model.set(job.id, made)
        else if (onConflict?.kind === 'replace' && !holder.ended) {
          holder.dueAt = Math.min(made.dueAt, holder.madeAt + (onConflict.maxDelayMs ?? Number.POSITIVE_INFINITY))
          holder.job = { ...holder.job, payload: job.payload }
          return `replaced ${holder.job.id}`
        }
        return holder ? `kept ${holder.job.id}` : 'inserted'
      })
      const answers = await enqueue(database, clock, ...batch)
      expect([seed, round, ...answers.map(told)]).toEqual([seed, round, ...expected])
      if (random() < 0.3) await endOne(random, model)
      clock.advance(pick(0, 100, 400))
    }
    const rows = await readQueue(database, queue)
    const stored = rows.map(row => [row.id, row.payload, row.runAt, row.finishedAt !== null])
    const wanted = [...model.values()].map(({ job, dueAt, ended }) => [job.id, job.payload, dueAt, ended])
    expect([seed, ...stored]).toEqual([seed, ...wanted.sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1))])
  })

  const until = ({ unique }: NewJob) => unique?.forMs ?? Number.POSITIVE_INFINITY
  const told = ({ state, existing }: InsertedJob) => (existing === null ? 'inserted' : `${state} ${existing}`)

  /** Completes one of the available jobs, whichever its worker gets first. */
  async function endOne(random: () => number, model: Map<string, { job: NewJob; ended: boolean }>): Promise<void> {
    const { database } = opened()
    const open = [...model.values()].filter(({ ended }) => !ended)
    const chosen = open[Math.floor(random() * open.length)]
    if (!chosen) return
    const [claimed] = await claim(database, clock, chosen.job.queue, { limit: 1 })
    const ended = claimed && model.get(claimed.id)
    if (!ended) return
    ended.ended = true
    const settlement = { jobId: claimed.id, attempt: claimed.attempt, outcome: { kind: 'completed' } as const }
    await database.transaction(tx => settleJobs(tx, [settlement], clock.now()))
  }
})

/** Mulberry32. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

describe('two transactions on postgres', () => {
  const opened = sharedDatabase('postgres')
  const clock = new FakeClock()
  const time = { now: clock.now(), leaseMs }

  /** Resolves when somebody waits for a lock of another. */
  async function untilOneWaits(database: Database): Promise<void> {
    const waits = `select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`
    while ((await database.query(waits, [])).length === 0);
  }

  test.each([true, false])('take turns at a new key; the first one commits: %p', async commits => {
    const { database, openAgain } = opened()
    const another = await openAgain()
    const key = newQueue()
    const [first, second] = [newJob(key, { unique: rule(key) }), newJob(key, { unique: rule(key) })]
    let late: Promise<InsertedJob[]> | undefined
    const early = database.transaction(async tx => {
      await insertJobs(tx, [first], time)
      late = another.transaction(other => insertJobs(other, [second], time))
      await untilOneWaits(another)
      if (!commits) throw new Error('no')
    })
    if (commits) await early
    else await expect(early).rejects.toThrow('no')
    const expected = commits
      ? { id: second.id, state: 'kept', existing: first.id }
      : { id: second.id, state: 'available', existing: null }
    expect(await late).toEqual([expected] as InsertedJob[])
  })

  test('insert again where the job that had the key ends in between', async () => {
    const { database, openAgain } = opened()
    const another = await openAgain()
    const key = newQueue()
    const [first, second] = [newJob(key, { unique: rule(key) }), newJob(key, { unique: rule(key) })]
    await enqueue(database, clock, first)
    await claim(database, clock, key)
    let late: Promise<InsertedJob[]> | undefined
    await database.transaction(async tx => {
      const settlement = { jobId: first.id, attempt: 1, outcome: { kind: 'completed' } as const }
      await settleJobs(tx, [settlement], clock.now())
      late = another.transaction(other => insertJobs(other, [second], time))
      await untilOneWaits(another)
    })
    expect(await late).toEqual([{ id: second.id, state: 'available', existing: null }])
  })

  test('a job that is kept begins only after the transaction that relies on it', async () => {
    const { database, openAgain } = opened()
    const another = await openAgain()
    const key = newQueue()
    await enqueue(database, clock, newJob(key, { unique: rule(key) }))
    await database.transaction(async tx => {
      await insertJobs(tx, [newJob(key, { unique: rule(key) })], time)
      expect(await claim(another, clock, key)).toEqual([])
    })
    expect(await claim(another, clock, key)).toHaveLength(1)
  })
})
