import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import type { Database } from '../../src/db/database.ts'
import { claimJobs } from '../../src/queue/sql/claim-jobs.ts'
import { type CreateBatcher, createBatcher, type NewRun } from '../../src/runs/create-batch.ts'
import { readRun } from '../../src/runs/read-run.ts'
import { type Run, threadOrderKey } from '../../src/runs/run.ts'
import { engines } from '../support/database.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { leaseMs, readJob } from '../support/jobs.ts'
import { sharedDatabase } from '../support/migrated-database.ts'
import { noOutbox } from '../support/no-outbox.ts'
import { inShort, newRun, readLog, toCreate } from '../support/runs.ts'
import { answerLost, held, TroubledDatabase, unavailable } from '../support/troubled-database.ts'

setDefaultTimeout(120_000)

describe.each(engines)('making runs on %s', engine => {
  const opened = sharedDatabase(engine)
  const clock = new FakeClock()

  const batcher = (database: Database = opened().database): CreateBatcher =>
    createBatcher({ database, clock, leaseMs, outbox: noOutbox })
  const onThread = () => newRun({ threadId: `thr_${crypto.randomUUID()}` })
  const another = ({ threadId }: Run) => newRun({ threadId })
  const claimOf = (run: Run, key: string, requestDigest = 'digest') => ({
    tenantId: run.tenantId,
    key,
    requestDigest,
    runId: run.id,
    createdAt: clock.now(),
  })
  const statusOf = async (run: Run) => (await readRun(opened().database, run.id))?.status ?? 'none'

  /** Submits all of them in one turn, so that they share a batch. */
  const together = (...created: NewRun[]) => {
    const batch = batcher()
    return Promise.allSettled(created.map(one => batch.submit(one)))
  }
  const outcomes = (results: Awaited<ReturnType<typeof together>>) =>
    results.map(result => (result.status === 'fulfilled' ? result.value.kind : result.reason.code))

  test('stores the run as it is, with its first event and its job', async () => {
    const { database } = opened()
    const run = newRun({
      input: [{ role: 'user', content: 'é\u0000' }],
      metadata: { b: 1, a: ['x', null] },
      timeoutSeconds: 9,
    })
    expect(await batcher().submit(toCreate(run))).toEqual({
      kind: 'created',
      state: 'available',
      interrupted: { runIds: [], jobIds: [] },
    })
    expect(await readRun(database, run.id)).toEqual(run)
    const [event, ...more] = await readLog(database, run)
    expect(more).toEqual([])
    expect({ ...event, data: JSON.parse(event?.data ?? '') }).toEqual({
      runId: run.id,
      tenantId: 'default',
      seq: 1,
      type: 'run.created',
      data: { agent: 'echo', agent_version: 1, thread_id: null },
      createdAt: run.createdAt,
    })
    expect(await readJob(database, run.jobId)).toMatchObject({
      payload: { run_id: run.id },
      state: 'available',
      attempt: 0,
    })
  })

  test('puts many runs of one moment into one commit', async () => {
    const database = new TroubledDatabase(opened().database)
    const batch = batcher(database)
    const runs = Array.from({ length: 150 }, () => newRun())
    const results = await Promise.all(runs.map(run => batch.submit(toCreate(run))))
    expect(new Set(results.map(result => result.kind))).toEqual(new Set(['created']))
    expect(database.transactions).toBe(1)
    for (const run of [runs[0], runs[149]]) expect(run && (await statusOf(run))).toBe('queued')
  })

  test('leases the run to the worker it is made for, unless its thread is busy', async () => {
    const [first, second, free] = [onThread(), newRun(), newRun()]
    const handOff = (run: Run) => {
      const created = toCreate(run)
      return { ...created, job: { ...created.job, handOffTo: 'wrk_a' } }
    }
    const behind = another(first)
    const results = await together(handOff(first), handOff(behind), handOff(second), toCreate(free))
    const states = results.map(
      result => result.status === 'fulfilled' && result.value.kind === 'created' && result.value.state,
    )
    expect(states).toEqual(['running', 'available', 'running', 'available'])
    expect(await readJob(opened().database, first.jobId)).toMatchObject({ worker: 'wrk_a', attempt: 1 })
  })

  test('gives runs of one thread their places in the order in which they came', async () => {
    const { database } = opened()
    const first = onThread()
    const runs = [first, another(first), another(first), another(first)]
    await together(...runs.slice(0, 3).map(run => toCreate(run)))
    await together(...runs.slice(3).map(run => toCreate(run)))
    const places = await Promise.all(runs.map(async run => (await readJob(database, run.jobId)).orderPosition))
    expect(places).toEqual([1, 2, 3, 4])
  })

  test('makes one run for one idempotency key, in one batch and in the next', async () => {
    const key = crypto.randomUUID()
    const runs = [newRun(), newRun(), newRun()]
    const [first, second, third] = runs
    const create = (run: Run | undefined) => (run ? [toCreate(run, { idempotency: claimOf(run, key) })] : [])
    const results = await together(...create(first), ...create(second))
    expect(results).toMatchObject([{ value: { kind: 'created' } }, { value: { kind: 'repeated', runId: first?.id } }])
    expect(await together(...create(third))).toMatchObject([{ value: { kind: 'repeated', runId: first?.id } }])
    expect(await Promise.all(runs.map(statusOf))).toEqual(['queued', 'none', 'none'])
  })

  test('refuses an idempotency key that was used for something else, and nothing beside it', async () => {
    const key = crypto.randomUUID()
    const [first, other, beside] = [newRun(), newRun(), newRun()]
    const results = await together(
      toCreate(first, { idempotency: claimOf(first, key) }),
      toCreate(beside),
      toCreate(other, { idempotency: claimOf(other, key, 'another digest') }),
    )
    expect(outcomes(results)).toEqual(['created', 'created', 'idempotency_mismatch'])
    expect([await statusOf(first), await statusOf(other), await statusOf(beside)]).toEqual(['queued', 'none', 'queued'])
  })

  test('keeps keys of different tenants apart', async () => {
    const key = crypto.randomUUID()
    const [mine, theirs] = [newRun(), newRun({ tenantId: 'another' })]
    const results = await together(
      toCreate(mine, { idempotency: claimOf(mine, key) }),
      toCreate(theirs, { idempotency: claimOf(theirs, key) }),
    )
    expect(outcomes(results)).toEqual(['created', 'created'])
  })

  test('makes one run when several processes are sent the same key at once', async () => {
    const databases = engine === 'sqlite' ? [opened().database] : await Promise.all([1, 2, 3].map(opened().openAgain))
    const key = crypto.randomUUID()
    const results = await Promise.all(
      Array.from({ length: 30 }, (_, index) => {
        const run = newRun()
        const database = databases[index % databases.length] ?? opened().database
        return batcher(database).submit(toCreate(run, { idempotency: claimOf(run, key) }))
      }),
    )
    expect(results.filter(result => result.kind === 'created')).toHaveLength(1)
    expect(new Set(results.flatMap(result => (result.kind === 'repeated' ? result.runId : [])))).toHaveProperty(
      'size',
      1,
    )
  })

  test('refuses a run that does not want to wait for its thread, also for one of the same batch', async () => {
    const first = onThread()
    const reject = (run: Run) => toCreate(run, { onBusy: 'reject' })
    const [second, beside, third] = [another(first), newRun(), another(first)]
    expect(outcomes(await together(reject(first), reject(second), reject(beside)))).toEqual([
      'created',
      'thread_busy',
      'created',
    ])
    expect(outcomes(await together(reject(third)))).toEqual(['thread_busy'])
    expect(await Promise.all([first, second, beside, third].map(statusOf))).toEqual([
      'queued',
      'none',
      'queued',
      'none',
    ])
  })

  test('does not keep the idempotency key of a run that it refused', async () => {
    const first = onThread()
    const second = another(first)
    const key = crypto.randomUUID()
    await together(toCreate(first))
    const create = toCreate(second, { onBusy: 'reject', idempotency: claimOf(second, key) })
    expect(outcomes(await together(create))).toEqual(['thread_busy'])
    expect(outcomes(await together({ ...create, onBusy: 'enqueue' }))).toEqual(['created'])
  })

  test('cancels what waits on a thread for a run that interrupts, also of the same batch', async () => {
    const { database } = opened()
    const first = onThread()
    const [second, third, fourth] = [another(first), another(first), another(first)]
    const interrupt = (run: Run) => toCreate(run, { onBusy: 'interrupt' })
    const results = await together(toCreate(first), toCreate(second), interrupt(third), toCreate(fourth))
    expect(outcomes(results)).toEqual(['created', 'created', 'created', 'created'])
    expect(results[2]).toMatchObject({ value: { interrupted: { runIds: expect.any(Array), jobIds: [] } } })
    expect(await Promise.all([first, second, third, fourth].map(statusOf))).toEqual([
      'cancelled',
      'cancelled',
      'queued',
      'queued',
    ])
    expect(inShort(await readLog(database, first))).toEqual(['1 run.created', '2 run.cancelled'])
    expect(JSON.parse((await readLog(database, second))[1]?.data ?? '')).toMatchObject({
      reason: `Interrupted by ${third.id}.`,
    })
    expect(await readJob(database, first.jobId)).toMatchObject({ state: 'cancelled' })
  })

  test('asks a running run to stop for one that interrupts, which then waits its turn', async () => {
    const { database } = opened()
    const first = onThread()
    await together(toCreate(first))
    const claim = { queue: 'runs', worker: 'wrk_a', limit: 1_000, leaseMs, now: clock.now() }
    await database.transaction(tx => claimJobs(tx, claim))
    const second = another(first)
    const [result] = await together(toCreate(second, { onBusy: 'interrupt' }))
    expect(result).toMatchObject({ value: { state: 'available', interrupted: { runIds: [], jobIds: [first.jobId] } } })
    expect(await readJob(database, first.jobId)).toMatchObject({ state: 'running', cancelRequestedAt: clock.now() })
    expect(await statusOf(first)).toBe('queued')
  })

  test('makes all of them when many processes mix threads and wishes', async () => {
    const databases = engine === 'sqlite' ? [opened().database] : await Promise.all([1, 2, 3].map(opened().openAgain))
    const batchers = databases.map(batcher)
    const threads = Array.from({ length: 4 }, () => `thr_${crypto.randomUUID()}`)
    const wishes = ['enqueue', 'interrupt', 'enqueue'] as const
    const results = await Promise.all(
      Array.from({ length: 120 }, (_, index) => {
        const run = newRun({ threadId: threads[(index * 7) % 4] ?? null })
        return batchers[index % batchers.length]?.submit(toCreate(run, { onBusy: wishes[index % 3] ?? 'enqueue' }))
      }),
    )
    expect(results.filter(result => result?.kind === 'created')).toHaveLength(120)
    for (const thread of threads) {
      const rows = await opened().database.query<{ order_position: number }>(
        `select order_position from jobs where order_key = '${threadOrderKey(thread)}' and finished_at is null order by 1`,
        [],
      )
      const places = rows.map(row => row.order_position)
      expect(new Set(places).size).toBe(places.length)
    }
  })

  test('makes nothing when the database is away, and tells everybody at once', async () => {
    const database = new TroubledDatabase(opened().database)
    const batch = batcher(database)
    database.next(unavailable)
    const runs = Array.from({ length: 20 }, () => newRun())
    const results = await Promise.allSettled(runs.map(run => batch.submit(toCreate(run))))
    expect(new Set(results.map(result => result.status))).toEqual(new Set(['rejected']))
    expect(database.transactions).toBe(1)
    expect(await statusOf(runs[0] ?? newRun())).toBe('none')
    expect(await batch.submit(toCreate(newRun()))).toMatchObject({ kind: 'created' })
  })

  test('gives a caller that tries again with its key the run whose commit was never answered', async () => {
    const database = new TroubledDatabase(opened().database)
    const batch = batcher(database)
    const key = crypto.randomUUID()
    const [first, again] = [newRun(), newRun()]
    database.next(answerLost)
    await expect(batch.submit(toCreate(first, { idempotency: claimOf(first, key) }))).rejects.toThrow()
    const result = await batch.submit(toCreate(again, { idempotency: claimOf(again, key) }))
    expect(result).toEqual({ kind: 'repeated', runId: first.id })
    expect(await statusOf(first)).toBe('queued')
  })

  test('takes those that come during a commit into the next one', async () => {
    const database = new TroubledDatabase(opened().database)
    const batch = batcher(database)
    const commit = held()
    database.next(commit.trouble)
    const first = batch.submit(toCreate(newRun()))
    await commit.entered
    const rest = Array.from({ length: 10 }, () => batch.submit(toCreate(newRun())))
    commit.release()
    await Promise.all([first, ...rest])
    expect(database.transactions).toBe(2)
  })
})
