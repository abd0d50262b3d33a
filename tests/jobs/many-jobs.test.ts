import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import type { Connection, Database, Param } from '../../src/db/database.ts'
import { listJobs } from '../../src/jobs/list-jobs.ts'
import { blockedKeys } from '../../src/jobs/queues/sql/blocked-keys.ts'
import { countJobs } from '../../src/jobs/queues/sql/count-jobs.ts'
import { queueNames } from '../../src/jobs/queues/sql/queue-names.ts'
import { engines } from '../support/database.ts'
import { type MigratedDatabase, migratedDatabase } from '../support/migrated-database.ts'

setDefaultTimeout(60_000)

const actor = { tenantId: 'default', keyId: null }
const dueAt = 1_800_000_000_000
/** More than are counted or looked at for one answer. */
const available = 100_500
const scheduled = 10_500

const id = (n: number): string => `job_${n.toString(16).padStart(32, '0')}`

/** Jobs whose ids go by their number, which is also how many milliseconds after `dueAt` they are due. */
async function insertMany(database: Database, queue: string, state: string, from: number, to: number): Promise<void> {
  const columns = `id, queue, kind, payload, state, priority, run_at, attempt, max_attempts, errors, created_at`
  const values = (hex: string, time: (n: string) => string) =>
    `insert into jobs (${columns}) select 'job_' || ${hex}, '${queue}', 'usual', '{}', '${state}', 2 - n % 3,
     ${time(`${dueAt} + n`)}, 0, 3, '[]', ${time(`${dueAt}`)}`
  await database.transaction(tx =>
    database.dialect === 'sqlite'
      ? tx.query(
          `with recursive s(n) as (select ${from} union all select n + 1 from s where n < ${to}) ${values(`printf('%032x', n)`, n => n)} from s`,
          [],
        )
      : tx.query(
          `${values(`lpad(to_hex(n), 32, '0')`, n => `to_timestamp((${n}) / 1000.0)`)} from generate_series(${from}, ${to}) n`,
          [],
        ),
  )
}

/** What the statements that a verb sends read tables by. */
async function indexesOf(database: Database, verb: (connection: Connection) => Promise<unknown>): Promise<string[]> {
  const found: string[] = []
  const query = async <Row>(text: string, params: Param[]) => {
    const explain = database.dialect === 'sqlite' ? 'explain query plan' : 'explain'
    const plan = JSON.stringify(await database.query(`${explain} ${text}`, params))
    for (const [, index = ''] of plan.matchAll(/(?:INDEX|using|Index Scan on) (jobs_\w+)/g)) found.push(index)
    for (const [scan] of plan.matchAll(/Seq Scan on jobs|SCAN jobs(?! USING)/g)) found.push(scan)
    return database.query<Row>(text, params)
  }
  const { orm, tables, dialect } = database
  await verb({ orm, tables, dialect, query })
  return [...new Set(found)].sort()
}

describe.each(engines)('with very many jobs on %s', engine => {
  let opened: MigratedDatabase
  beforeAll(async () => {
    opened = await migratedDatabase(engine)
    const { database } = opened
    await insertMany(database, 'oldest', 'scheduled', 1, 1)
    await insertMany(database, 'busy', 'available', 2, available + 1)
    await insertMany(database, 'later', 'scheduled', 200_000, 200_000 + scheduled)
  })
  afterAll(() => opened?.[Symbol.asyncDispose]())

  test('so many are counted of each state, and those of which there are more are named', async () => {
    const { database } = opened
    expect((await countJobs(database, ['busy'], 'default')).get('busy')).toEqual({
      counts: { waiting: 0, scheduled: 0, available: 100_000, running: 0, discarded: 0 },
      capped: ['available'],
      oldestAvailableAt: dueAt + 2,
    })
    const later = (await countJobs(database, ['later'], 'default')).get('later')
    expect(later).toMatchObject({ counts: { scheduled: 10_000, available: 0 }, capped: ['scheduled'] })
    // Of many that are looked at none may be the tenant's: there may be some beyond.
    const other = (await countJobs(database, ['later'], 'other')).get('later')
    expect(other).toMatchObject({ counts: { scheduled: 0 }, capped: ['scheduled'] })
  })

  test('a page for which too many would have to be looked at is short, and the next one goes on from there', async () => {
    const { database } = opened
    const filter = { queue: 'oldest' }
    const first = await listJobs({ database }, actor, filter, { limit: 51 })
    expect(first.jobs).toEqual([])
    expect(first.lookedTo).toBe(id(available + 2 - (100_000 - scheduled - 1)))
    const second = await listJobs({ database }, actor, filter, { limit: 51, before: first.lookedTo ?? '' })
    expect(second.jobs.map(job => job.id)).toEqual([id(1)])
    expect(second.lookedTo).toBeNull()
  })

  test('jobs that an index finds are not looked for', async () => {
    const { database } = opened
    const found = await listJobs({ database }, actor, { queue: 'oldest', state: 'scheduled' }, { limit: 51 })
    expect(found.jobs.map(job => job.id)).toEqual([id(1)])
    expect(found.lookedTo).toBeNull()
  })

  test('many that fit are listed from the newest on', async () => {
    const { database } = opened
    const found = await listJobs({ database }, actor, { queue: 'busy', state: 'available' }, { limit: 3 })
    expect(found.jobs.map(job => job.id)).toEqual([id(available + 1), id(available), id(available - 1)])
  })

  test('counting, naming and looking for blocked keys go by the partial indexes', async () => {
    const { database } = opened
    const partial = ['jobs_discarded', 'jobs_to_claim', 'jobs_to_promote', 'jobs_to_rescue', 'jobs_waiting']
    expect(await indexesOf(database, connection => countJobs(connection, ['busy'], 'default'))).toEqual(
      // Those that are in claims are looked up by their ids.
      engine === 'postgres' ? [...partial, 'jobs_pkey'].sort() : partial,
    )
    expect(await queueNames(database, '', 10)).toEqual(['busy', 'later', 'oldest'])
    expect(await indexesOf(database, connection => queueNames(connection, '', 10))).toEqual(partial)
    const blocked = await indexesOf(database, connection =>
      blockedKeys(connection, { queue: 'later', tenantId: 'default' }, { after: '', limit: 10 }),
    )
    expect(blocked).toEqual(expect.arrayContaining(['jobs_in_order', 'jobs_to_promote']))
    for (const scan of blocked) expect(scan).not.toMatch(/scan/i)
  })
})
