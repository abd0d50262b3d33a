import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { egressPolicy } from '../../src/egress/policy.ts'
import { createBatcher } from '../../src/runs/create-batch.ts'
import { createRun } from '../../src/runs/create-run.ts'
import { readNextAwake } from '../../src/schedules/tick/next-awake.ts'
import { tick } from '../../src/schedules/tick/tick.ts'
import { signatureHeader, signTick } from '../../src/schedules/tick/token.ts'
import { createSealer } from '../../src/secrets/seal.ts'
import { callOf } from '../api/stage.ts'
import { createDatabase, engines, type TestDatabase } from '../support/database.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { migratedDatabase } from '../support/migrated-database.ts'
import { noOutbox } from '../support/no-outbox.ts'
import { program } from '../support/program.ts'
import { type Service, startService } from '../support/service.ts'
import { makeStage } from './stage.ts'
import type { NextView, ScheduleView, TickView } from './views.ts'

const minute = 60_000
const secret = 'a_secret_of_the_test'
const path = '/v1/scheduler/tick'

describe.each(engines)('on %s', engine => {
  test('what is to come next says when to be awake', async () => {
    await using opened = await migratedDatabase(engine)
    const clock = new FakeClock()
    const { app, actor, schedule } = makeStage(opened.database, clock, 'default')
    const creates = createBatcher({ database: opened.database, clock, leaseMs: 1_000, outbox: noOutbox })
    const sealer = createSealer({ keys: [], isProduction: false })
    const creating = { ...app, creates, sealer, egress: egressPolicy([]) }
    expect(await readNextAwake(app)).toEqual({ awakeAt: null, inMs: null, reason: null })
    await schedule()
    const inTen = clock.ms + 10 * minute
    expect(await readNextAwake(app)).toEqual({ awakeAt: inTen, inMs: 10 * minute, reason: 'schedule' })
    await createRun(creating, actor, { agent: 'echo', input: 'x', delaySeconds: 60 })
    expect(await readNextAwake(app)).toEqual({ awakeAt: clock.ms + minute, inMs: minute, reason: 'job' })
    await createRun(creating, actor, { agent: 'echo', input: 'x' })
    expect(await readNextAwake(app)).toEqual({ awakeAt: clock.ms, inMs: 0, reason: 'work' })
  })

  test('a tick fires what is due, and does not wait for longer than it may', async () => {
    await using opened = await migratedDatabase(engine)
    const clock = new FakeClock()
    const stage = makeStage(opened.database, clock, 'default')
    await stage.schedule()
    clock.advance(25 * minute)
    const closing = new AbortController().signal
    const done = await tick({ ...stage.app, workers: new Map(), closing }, AbortSignal.abort())
    expect(done).toMatchObject({
      occurrences: { fired: 1, missed: 1, skipped: 0, failed: 0 },
      runs: { completed: 0, unfinished: 1 },
      next: { reason: 'work' },
    })
  })
})

describe.each(engines)('a service on %s that sleeps', engine => {
  let database: TestDatabase
  let service: Service
  beforeAll(async () => {
    database = await createDatabase(engine)
    // Without the role `scheduler` nothing fires unless somebody calls.
    const env = { DATABASE_URL: database.url, ROLES: 'api,worker', SCHEDULER_TICK_SECRET: secret }
    service = await startService({ env })
  })
  afterAll(async () => {
    await service?.[Symbol.asyncDispose]()
    await database?.[Symbol.asyncDispose]()
  })
  const signed = (given: { method?: string; path?: string; seconds?: number; secret?: string } = {}) => ({
    [signatureHeader]: signTick(given.secret ?? secret, {
      method: given.method ?? 'POST',
      path: given.path ?? path,
      seconds: given.seconds ?? Math.floor(Date.now() / 1000),
    }),
  })
  const send = (method: string, target: string, headers: Record<string, string>) =>
    fetch(service.url + target, { method, headers })

  test('is told by a signed call to run what is due, and answers when it has run', async () => {
    const body = { agent: 'echo', input: 'x', cron: '@every 1s', catch_up: 'one', overlap: 'allow' }
    await callOf(service)<ScheduleView>('POST', '/v1/schedules', body)
    const next = await send('GET', '/v1/scheduler/next', signed({ method: 'GET', path: '/v1/scheduler/next' }))
    expect(next.status).toBe(200)
    const { reason, in_seconds } = (await next.json()) as NextView // the shape that is looked at
    expect([reason, typeof in_seconds]).toEqual(['schedule', 'number'])
    // A timer of the platform's, set for that moment.
    await Bun.sleep((in_seconds ?? 0) * 1_000 + 1)
    const answer = await send('POST', `${path}?wait_seconds=30`, signed())
    expect(answer.status).toBe(200)
    const done = (await answer.json()) as TickView // the shape that is looked at
    expect(done.fired).toBeGreaterThanOrEqual(1)
    expect(done.runs).toEqual({ completed: done.fired, failed: 0, cancelled: 0, unfinished: 0 })
  })

  test('takes a key as well', async () => {
    expect((await callOf(service)<TickView>('POST', path)).body.object).toBe('scheduler_tick')
  })

  const now = () => Math.floor(Date.now() / 1000)
  test.each<[string, () => Record<string, string>]>([
    ['no signature', () => ({})],
    ['another secret', () => signed({ secret: 'another_secret_of_the_test' })],
    ['another path', () => signed({ path: '/v1/scheduler/next' })],
    ['another method', () => signed({ method: 'GET' })],
    ['a time that is long past', () => signed({ seconds: now() - 310 })],
    ['a time far ahead', () => signed({ seconds: now() + 310 })],
    ['something else', () => ({ [signatureHeader]: 'v1=abc' })],
  ])('refuses %s', async (_what, headers) => {
    const refused = await send('POST', path, headers())
    expect(refused.status).toBe(401)
  })

  test('gives a signed caller nothing else', async () => {
    const seconds = now()
    for (const other of ['/v1/schedules', '/v1/runs', '/metrics']) {
      expect((await send('GET', other, signed({ method: 'GET', path: other, seconds }))).status).toBe(401)
    }
  })

  test('is woken by the command line', async () => {
    const child = Bun.spawn([...program, 'tick', '--url', service.url, '--wait', '20'], {
      env: { ...process.env, SCHEDULER_TICK_SECRET: secret },
      stdout: 'pipe',
    })
    const done: TickView = JSON.parse(await new Response(child.stdout).text())
    expect([await child.exited, done.object, done.runs.unfinished]).toEqual([0, 'scheduler_tick', 0])
  })

  test('can be called with openssl and curl, as the documentation has it', async () => {
    const page = await Bun.file('docs/schedules.md').text()
    const script = /```sh\n(# tick\.sh[\s\S]*?)```/.exec(page)?.[1] ?? ''
    const child = Bun.spawn(['sh', '-c', script], {
      env: { ...process.env, SCHEDULER_TICK_SECRET: secret, BUNKHOUSE_URL: service.url },
      stdout: 'pipe',
    })
    const done: TickView = JSON.parse(await new Response(child.stdout).text())
    expect([await child.exited, done.object]).toEqual([0, 'scheduler_tick'])
  })
})

test('a service without the secret takes no signature', async () => {
  await using service = await startService()
  const headers = {
    [signatureHeader]: signTick(secret, { method: 'POST', path, seconds: Math.floor(Date.now() / 1000) }),
  }
  expect((await fetch(service.url + path, { method: 'POST', headers })).status).toBe(401)
})
