import { describe, expect, test } from 'bun:test'
import type { Database } from '../../src/db/database.ts'
import type { JobKind } from '../../src/queue/kind.ts'
import { Pruner } from '../../src/queue/pruner.ts'
import { Rescuer, type RescuerOptions } from '../../src/queue/rescuer.ts'
import type { RescuedJob } from '../../src/queue/sql/rescue-jobs.ts'
import { engines } from '../support/database.ts'
import { FactLog } from '../support/fact-log.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { claim, enqueue, leaseMs, newJob, newQueue, readJob, readQueue, running } from '../support/jobs.ts'
import { failOnTimersLeft } from '../support/leaks.ts'
import { migratedDatabase } from '../support/migrated-database.ts'
import { testKind } from '../support/worker.ts'

failOnTimersLeft()

/** A rescuer of jobs of kind `test`, stopped when the scope ends. */
function rescuing(database: Database, given: Partial<RescuerOptions> & Pick<RescuerOptions, 'clock'>) {
  const facts = new FactLog()
  const rescued = Promise.withResolvers<void>()
  const rescuer = new Rescuer({
    database,
    emit: facts.emit,
    kinds: [],
    leaseMs,
    soleOwner: false,
    onRescued: () => rescued.resolve(),
    ...given,
  })
  return { rescuer, facts, rescued: rescued.promise, [Symbol.asyncDispose]: () => rescuer.stop() }
}

const withHook = (rescued: NonNullable<JobKind['rescued']>): JobKind => ({ ...testKind(async () => {}), rescued })

describe.each(engines)('a rescuer on %s', engine => {
  test('leaves to this process what it is at, also where it fell asleep after its leases were renewed', async () => {
    await using opened = await migratedDatabase(engine)
    const { database } = opened
    const clock = new FakeClock()
    const [mine, lost] = [await running(database, clock), await running(database, clock)]
    const beforeSweep = async () => clock.advance(leaseMs)
    await using rescue = rescuing(database, { clock, beforeSweep, inHand: () => [mine.id] })
    await rescue.rescuer.start()
    await rescue.rescued
    expect(rescue.facts.all('job.rescued').map(({ jobId }) => jobId)).toEqual([lost.id])
    expect(await readJob(database, mine.id)).toMatchObject({ state: 'running', attempt: 1 })
  })

  test('takes back what has lost its lease, tells the kind in the same transaction, and wakes the worker', async () => {
    await using opened = await migratedDatabase(engine)
    const { database } = opened
    const clock = new FakeClock()
    const job = await running(database, clock)
    const other = await running(database, clock, { kind: 'other' })
    clock.advance(leaseMs)
    const told: RescuedJob[] = []
    const toldAfter: RescuedJob[] = []
    const afterRescue = (jobs: RescuedJob[]) => void toldAfter.push(...jobs)
    const kind = withHook(async (tx, jobs) => {
      told.push(...jobs)
      expect(toldAfter).toEqual([])
      await tx.query(
        `insert into threads (id, metadata, created_at, updated_at) select 'told', '{}', created_at, created_at from jobs limit 1`,
        [],
      )
    })
    await using rescue = rescuing(database, { clock, kinds: [{ ...kind, afterRescue }] })
    await rescue.rescuer.start()
    await rescue.rescued
    expect(toldAfter).toEqual(told)
    expect(told).toMatchObject([{ id: job.id, attempt: 1, state: 'available' }])
    expect(await database.query('select id from threads', [])).toEqual([{ id: 'told' }])
    const facts = rescue.facts.all('job.rescued').map(fact => [fact.jobId, fact.kind, fact.state])
    expect(facts.sort()).toEqual(
      [
        [job.id, 'test', 'available'],
        [other.id, 'other', 'available'],
      ].sort(),
    )
  })

  test('takes nothing back when a kind cannot say so', async () => {
    await using opened = await migratedDatabase(engine)
    const { database } = opened
    const clock = new FakeClock()
    const job = await running(database, clock)
    clock.advance(leaseMs)
    const kind = withHook(async () => {
      throw new Error('no')
    })
    await using rescue = rescuing(database, { clock, kinds: [kind] })
    await rescue.rescuer.start()
    expect(await rescue.facts.until('loop.failed')).toMatchObject({ loop: 'rescuer' })
    expect(await readJob(database, job.id)).toMatchObject({ state: 'running', attempt: 1 })
    expect(rescue.facts.all('job.rescued')).toEqual([])
  })

  test('of a process that is alone takes everything back before it has started', async () => {
    await using opened = await migratedDatabase(engine)
    const { database } = opened
    const clock = new FakeClock()
    const queue = newQueue()
    await enqueue(database, clock, ...Array.from({ length: 450 }, () => newJob(queue)))
    await claim(database, clock, queue, { limit: 450 })
    await using rescue = rescuing(database, { clock, soleOwner: true })
    await rescue.rescuer.start()
    expect(new Set((await readQueue(database, queue)).map(row => row.state))).toEqual(new Set(['available']))
  })

  test('of one among several leaves alone what has not lost its lease', async () => {
    await using opened = await migratedDatabase(engine)
    const { database } = opened
    const clock = new FakeClock()
    const alive = await running(database, clock)
    clock.advance(-1)
    const dead = await running(database, clock)
    clock.advance(leaseMs)
    await using rescue = rescuing(database, { clock })
    await rescue.rescuer.start()
    await rescue.rescued
    expect(await readJob(database, dead.id)).toMatchObject({ state: 'available' })
    expect(await readJob(database, alive.id)).toMatchObject({ state: 'running' })
  })

  test('takes a whole backlog without waiting in between', async () => {
    await using opened = await migratedDatabase(engine)
    const { database } = opened
    const clock = new FakeClock()
    const queue = newQueue()
    await enqueue(database, clock, ...Array.from({ length: 450 }, () => newJob(queue)))
    await claim(database, clock, queue, { limit: 450 })
    clock.advance(leaseMs)
    await using rescue = rescuing(database, { clock })
    await rescue.rescuer.start()
    await rescue.facts.until('job.rescued', () => rescue.facts.all('job.rescued').length === 450)
  })
})

test('a pruner goes on while there is more, and survives one that fails', async () => {
  await using opened = await migratedDatabase('sqlite')
  const facts = new FactLog()
  const done = Promise.withResolvers<void>()
  let turns = 0
  const pruner = new Pruner({
    database: opened.database,
    emit: facts.emit,
    prunes: [
      async () => {
        if (++turns === 1) throw new Error('no')
        if (turns === 4) done.resolve()
        return turns < 4
      },
    ],
  })
  pruner.start()
  await done.promise
  await pruner.stop()
  expect(facts.all('loop.failed')).toMatchObject([{ loop: 'pruner' }])
  expect(turns).toBe(4)
})
