import { describe, expect, test } from 'bun:test'
import postgres from 'postgres'
import type { Param, Transaction } from '../../src/db/database.ts'
import { changeQueue } from '../../src/queue/queue-settings.ts'
import { claimBehind, type Place } from '../../src/queue/sql/claim-behind.ts'
import { claimTurn } from '../../src/queue/sql/claim-jobs.ts'
import { firstTurn } from '../../src/queue/sql/tenant-turns.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { claim, enqueue, leaseMs, newJob, newQueue, readJob } from '../support/jobs.ts'
import { sharedDatabase } from '../support/migrated-database.ts'

describe('claiming from a place on', () => {
  const opened = sharedDatabase('postgres')
  const clock = new FakeClock()

  const claimOf = (queue: string, limit: number) => ({ queue, worker: 'wrk_b', limit, leaseMs, now: clock.now() })
  const take = (queue: string, place: Place, limit = 10) =>
    opened().database.single(tx => claimBehind(tx, claimOf(queue, limit), place))

  /** A queue where one job was taken from the start, and the place of that one. */
  async function begun() {
    const { database } = opened()
    const queue = newQueue()
    await enqueue(database, clock, newJob(queue, { id: `${queue} 0` }))
    const { last } = await database.single(tx => claimTurn(tx, claimOf(queue, 5), firstTurn))
    if (last === null) throw new Error('The claim has not said where it ended.')
    return { database, queue, place: last }
  }

  test('takes what lies behind it as any claim does, and says where it has come to', async () => {
    const { database, queue, place } = await begun()
    expect(place).toEqual({ tenantId: 'default', priority: 0, runAt: clock.now(), id: `${queue} 0` })
    clock.advance(10)
    await enqueue(database, clock, ...[2, 1].map(n => newJob(queue, { id: `${queue} ${n}` })))
    const { jobs, last } = await take(queue, place, 1)
    expect(jobs.map(job => job.id)).toEqual([`${queue} 1`])
    expect(last).toEqual({ ...place, runAt: clock.now(), id: `${queue} 1` })
    expect(await readJob(database, `${queue} 1`)).toMatchObject({
      state: 'running',
      attempt: 1,
      worker: 'wrk_b',
      startedAt: clock.now(),
      leaseExpiresAt: clock.now() + leaseMs,
    })
    if (last === null) throw new Error('It has taken one.')
    expect((await take(queue, last)).jobs.map(job => job.id)).toEqual([`${queue} 2`])
    expect(await take(queue, last)).toEqual({ jobs: [], last: null })
  })

  test('leaves what lies before it, what is not due and what is of other tenants to a claim from the start', async () => {
    const { database, queue, place } = await begun()
    clock.advance(10)
    const urgent = newJob(queue, { priority: -1 })
    const foreign = newJob(queue, { tenantId: 'other' })
    await enqueue(database, clock, urgent, foreign, newJob(queue, { delayMs: 1_000 }))
    expect((await take(queue, place)).jobs).toEqual([])
    expect((await claim(database, clock, queue)).map(job => job.id).sort()).toEqual([urgent.id, foreign.id].sort())
  })

  test('takes nothing of a paused queue, and of an order key only its head', async () => {
    const { database, queue, place } = await begun()
    clock.advance(10)
    const [first, second] = [1, 2].map(n => newJob(queue, { id: `${queue} ${n}`, orderKey: `${queue} key` }))
    if (!first || !second) throw new Error('Two were made.')
    await enqueue(database, clock, first, second)
    await database.transaction(tx => changeQueue(tx, queue, { pausedAt: clock.now() }, clock.now()))
    expect((await take(queue, place)).jobs).toEqual([])
    await database.transaction(tx => changeQueue(tx, queue, { pausedAt: null }, clock.now()))
    expect((await take(queue, place)).jobs.map(job => job.id)).toEqual([first.id])
  })

  test('gives no job to two workers', async () => {
    const { database, queue, place } = await begun()
    clock.advance(10)
    await enqueue(database, clock, ...Array.from({ length: 200 }, () => newJob(queue)))
    const taken = await Promise.all(Array.from({ length: 8 }, () => take(queue, place, 50)))
    const ids = taken.flatMap(({ jobs }) => jobs.map(job => job.id))
    expect(new Set(ids).size).toBe(ids.length)
    const rest = await claim(database, clock, queue, { limit: 1_000 })
    expect(ids.length + rest.length).toBe(200)
  })

  test('does not read again what was taken while somebody keeps an old view of it', async () => {
    const { database, queue } = await begun()
    const { url } = opened()
    const reader = postgres(url, { max: 1, onnotice: () => {} })
    try {
      await reader.unsafe('begin isolation level repeatable read; select count(*) from jobs')
      let place: Place | null = null
      for (let round = 0; round < 5; round++) {
        clock.advance(1)
        await enqueue(database, clock, ...Array.from({ length: 1_000 }, () => newJob(queue)))
        place = (await database.single(tx => claimTurn(tx, claimOf(queue, 1_000), firstTurn))).last
      }
      if (place === null) throw new Error('It has claimed jobs.')
      const from = place
      clock.advance(1)
      await enqueue(database, clock, newJob(queue))
      const fromStart = await pagesRead(tx => claimTurn(tx, claimOf(queue, 1), firstTurn))
      const behind = await pagesRead(tx => claimBehind(tx, claimOf(queue, 1), from))
      expect(behind).toBeLessThan(100)
      expect(fromStart).toBeGreaterThan(behind * 5)
    } finally {
      await reader.end()
    }
  })

  /** How many pages the statements of a verb look at; what it does is taken back. */
  async function pagesRead(verb: (tx: Transaction) => Promise<unknown>): Promise<number> {
    const undone = new Error('taken back')
    let pages = 0
    const work = opened().database.transaction(async tx => {
      const query = async <Row>(text: string, params: Param[]): Promise<Row[]> => {
        const [row] = await tx.query<{ 'QUERY PLAN': string }>(
          `explain (analyze, buffers, format json) ${text}`,
          params,
        )
        pages += JSON.parse(row?.['QUERY PLAN'] ?? '[]')[0].Plan['Shared Hit Blocks']
        return []
      }
      await verb({ ...tx, query }).catch(() => {})
      throw undone
    })
    await work.catch(error => {
      if (error !== undone) throw error
    })
    return pages
  }
})
