import { describe, expect, test } from 'bun:test'
import { audit } from '../../src/audit/audit.ts'
import { readConfig } from '../../src/config.ts'
import type { Database, Param } from '../../src/db/database.ts'
import { readShared } from '../../src/gauges/read-shared.ts'
import { countedJobs } from '../../src/gauges/sql/queue-gauges.ts'
import { changeQueue } from '../../src/queue/queue-settings.ts'
import type { GaugeName, GaugeValues } from '../../src/telemetry/gauges.ts'
import { engines } from '../support/database.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { claim, enqueue, newJob, newQueue, settle } from '../support/jobs.ts'
import { sharedDatabase } from '../support/migrated-database.ts'
import { heldRun } from '../support/runs.ts'

describe.each(engines)('gauges of all replicas on %s', engine => {
  const opened = sharedDatabase(engine)
  const clock = new FakeClock()
  const config = readConfig({ BACKUP_TO: './backups' })
  const rest = { clock, config, fileJobs: new Map(), workers: new Map() }
  const read = () => readShared({ ...rest, database: opened().database })
  /** The values of one gauge for one queue or status, by its last label. */
  const of = (values: GaugeValues, name: GaugeName, first: string) => {
    const found = values[name] ?? []
    if (typeof found === 'number') throw new Error(`${name} has no labels`)
    const mine = found.filter(({ labels }) => labels[0] === first)
    return Object.fromEntries(mine.map(({ labels, value }) => [labels[1] ?? '', value]))
  }

  test('count jobs by queue and state, over all tenants', async () => {
    const { database } = opened()
    const queue = newQueue()
    const jobs = Array.from({ length: 6 }, (_, n) => newJob(queue, { tenantId: `tenant ${n % 2}` }))
    await enqueue(database, clock, ...jobs, newJob(queue, { delayMs: 60_000 }))
    const claimed = await claim(database, clock, queue, { limit: 3 })
    const [first] = claimed
    if (!first) throw new Error('Nothing was claimed.')
    await settle(database, clock, first, { kind: 'discard', message: 'no' })
    const counts = of(await read(), 'queue_jobs', queue)
    expect(counts).toEqual({ waiting: 0, scheduled: 1, available: 3, running: 2, discarded: 1 })
  })

  test('tell how long the job that waits longest has been due, of any tenant and priority', async () => {
    const { database } = opened()
    const queue = newQueue()
    await enqueue(database, clock, newJob(queue, { priority: 5, tenantId: 'b' }))
    clock.advance(20_000)
    await enqueue(database, clock, newJob(queue, { priority: 1, tenantId: 'a' }), newJob(queue, { delayMs: 3_600_000 }))
    clock.advance(10_000)
    expect(of(await read(), 'queue_oldest_due_seconds', queue)).toEqual({ '': 30 })
  })

  test('count a scheduled job that nobody has promoted as due, and one that is not due as not', async () => {
    const { database } = opened()
    const [due, later] = [newQueue(), newQueue()]
    await enqueue(database, clock, newJob(due, { delayMs: 1_000 }), newJob(later, { delayMs: 60_000 }))
    clock.advance(5_000)
    const values = await read()
    expect(of(values, 'queue_oldest_due_seconds', due)).toEqual({ '': 4 })
    expect(of(values, 'queue_oldest_due_seconds', later)).toEqual({ '': 0 })
  })

  test('tell of the queue of runs always, and whether a queue is paused', async () => {
    const { database } = opened()
    const queue = newQueue()
    await database.transaction(tx => changeQueue(tx, queue, { pausedAt: clock.now() }, clock.now()))
    const values = await read()
    expect(of(values, 'queue_paused', queue)).toEqual({ '': 1 })
    expect(of(values, 'queue_paused', 'runs')).toEqual({ '': 0 })
  })

  test('count unfinished runs of all tenants, and tell how old the oldest is', async () => {
    const { database } = opened()
    const before = of(await read(), 'runs_unfinished', 'queued')['']
    await database.transaction(async tx => {
      const { tenants } = tx.tables
      await tx.orm.insert(tenants).values({ tenantId: 'acme', name: 'Acme', createdAt: clock.now() })
    })
    const old = clock.now() - 3_600_000
    await heldRun(database, clock, { tenantId: 'acme', createdAt: old, id: 'run_00000000000000000000000000000001' })
    await heldRun(database, clock, { createdAt: clock.now() })
    const values = await read()
    expect(of(values, 'runs_unfinished', 'queued')).toEqual({ '': Number(before) + 2 })
    expect(of(values, 'runs_unfinished', 'waiting')).toEqual({ '': 0 })
    expect(of(values, 'run_oldest_seconds', 'queued')).toEqual({ '': 3_600 })
    expect(of(values, 'run_oldest_seconds', 'waiting')).toEqual({ '': 0 })
  })

  test('tell for how long the first schedule has been due', async () => {
    const { database } = opened()
    expect((await read()).schedule_overdue_seconds).toBe(0)
    const now = clock.now()
    await database.transaction(async tx => {
      await tx.orm.insert(tx.tables.schedules).values(
        [now - 90_000, now + 90_000].map((at, index) => ({
          id: `sch_${index}`,
          source: 'api',
          agent: 'echo',
          input: 'x',
          metadata: {},
          maxAttempts: 1,
          cron: '* * * * *',
          timezone: 'UTC',
          anchorAt: now,
          jitterSeconds: 0,
          catchUp: 'one',
          catchUpLimit: 1,
          overlap: 'allow',
          nextFireAt: at,
          nextDueAt: at,
          createdAt: now,
          updatedAt: now,
        })),
      )
    })
    expect((await read()).schedule_overdue_seconds).toBe(90)
  })

  test('tell of the last backup, whoever made it, where there is a place for them', async () => {
    const { database } = opened()
    expect(await read()).not.toHaveProperty('backup_last_size_bytes')
    for (const [at, bytes] of [
      [clock.now(), 1],
      [clock.now() + 60_000, 4_096],
    ] as const) {
      const entry = { action: 'backup.made' as const, target: { type: 'backup', id: 'some' }, details: { bytes } }
      await database.transaction(tx => audit(tx, { tenantId: 'default', keyId: null }, entry, at))
    }
    const told = { backup_last_success_timestamp_seconds: clock.now() / 1000 + 60, backup_last_size_bytes: 4_096 }
    expect(await read()).toMatchObject(told)
    const placeless = await readShared({ ...rest, config: readConfig({}), database })
    expect(placeless).not.toHaveProperty('backup_last_size_bytes')
  })

  test(`count no more than ${countedJobs} of a state, by indexes alone`, async () => {
    const { database } = opened()
    const queue = newQueue()
    const many = 40_000
    const [numbers, at] =
      engine === 'sqlite'
        ? [`with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < ${many})`, '?1']
        : [`with numbers as (select generate_series(1, ${many}) n)`, '$1::timestamptz']
    await database.transaction(tx =>
      tx.query(
        `${numbers} insert into jobs (id, queue, kind, payload, state, priority, run_at, attempt, max_attempts, errors, created_at)
         select 'many_' || n, '${queue}', 'test', '{}', case when n % 2 = 0 then 'available' else 'scheduled' end,
           n % 7, ${at}, 0, 1, '[]', ${at} from numbers`,
        [clock.now()],
      ),
    )
    const asked: [text: string, params: Param[]][] = []
    const looked: Database = {
      ...database,
      transaction: work => database.transaction(work),
      single: work => database.single(work),
      stats: () => database.stats(),
      close: () => database.close(),
      query: <Row>(text: string, params: Param[]) => {
        asked.push([text, params])
        return database.query<Row>(text, params)
      },
    }
    const values = await readShared({ ...rest, database: looked })
    expect(of(values, 'queue_jobs', queue)).toMatchObject({ available: countedJobs, scheduled: countedJobs })
    await database.transaction(tx => tx.query(engine === 'sqlite' ? 'analyze' : 'analyze jobs', []))
    const plans = await Promise.all(asked.filter(([text]) => text.includes('jobs')).map(each => planOf(...each)))
    expect(plans.join('\n')).not.toMatch(/SCAN (jobs|j)\b(?! USING)|Seq Scan on jobs/)
    expect(plans.join('\n')).toContain('jobs_to_claim')
  })

  const planOf = async (text: string, params: Param[]): Promise<string> => {
    const explain = engine === 'sqlite' ? 'explain query plan' : 'explain'
    const rows = await opened().database.query<object>(`${explain} ${text}`, params)
    return rows.flatMap(row => Object.values(row)).join('\n')
  }
})
