import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import type { ApiDocument } from '../api/openapi-document.ts'
import { must, type PageView, type ProblemView, type RunView, type Stage, startStage } from '../api/stage.ts'
import { engines } from '../support/database.ts'
import { temporaryFiles } from '../support/temporary-files.ts'
import { type Caller, callerOf, jobFiles, makeOne, makeTenant, operationsToWalk, readDocument } from './belongings.ts'

/** Of the whole service: nobody but the operator may use them. */
const ofTheService = /^(metrics|system|backups|tenants):|^queues:write$/
/** Queues are the operator's and have one name for all; who reads them sees the own jobs alone. */
const shared = /^\/v1\/queues\/\{name\}/
/** Backups are named by their place, tenants by the operator. */
const operators = /^\/v1\/(tenants|backups)\/\{/
/** A model has to ask for one first: tests/approvals. */
const asked = /^\/v1\/approvals\/\{/

/** Also of a wire, whose clients have failures in another form. */
const codeOf = (problem: ProblemView | { error: { code: string } } | undefined): string | undefined =>
  problem && ('error' in problem ? problem.error.code : problem.code)

describe.each(engines)('tenants on %s', engine => {
  setDefaultTimeout(120_000)
  const files = temporaryFiles(jobFiles)
  let stage: Stage
  let document: ApiDocument
  let acme: Caller
  let other: Caller
  let operator: Caller

  beforeAll(async () => {
    stage = await startStage(engine, { JOBS_DIR: files.path })
    document = await readDocument(stage.service)
    acme = await makeTenant(stage.service, 'acme')
    other = await makeTenant(stage.service, 'other')
    operator = callerOf(stage.service, stage.service.key)
  })
  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]()
    files[Symbol.dispose]()
  })

  const withIds = () =>
    operationsToWalk(document).filter(
      ({ name, template }) =>
        template.includes('{') &&
        ![shared, operators, asked].some(pattern => pattern.test(template)) &&
        // Whoever puts a secret makes one of its own, of whatever name.
        name !== 'PUT /v1/secrets/{name}',
    )

  test.each(['a tenant', 'the operator'])('every route answers 404 for what is another tenant’s, to %s', async who => {
    const foreign = who === 'a tenant' ? other : operator
    expect(withIds().length).toBeGreaterThanOrEqual(30)
    for (const { name, method, template, body } of withIds()) {
      const { id, path } = await makeOne(acme, { template, document })
      const about = template.startsWith('/v1/secrets/')
        ? '/v1/secrets'
        : template.startsWith('/ai-sdk/')
          ? `/v1/runs/${id}`
          : template.replace(/(\})\/.*/, '$1').replace(/\{\w+\}/, id)
      const before = await must(200, acme.call<object>('GET', about))
      const { status, body: problem } = await foreign.call(method, path, body)
      // Clients of the AI SDK are told in words alone.
      const code = typeof problem === 'string' ? 'not_found' : codeOf(problem)
      expect({ name, status, code }).toEqual({ name, status: 404, code: 'not_found' })
      const after = await must(200, acme.call<object>('GET', about))
      // A delivery is tried meanwhile.
      if (!template.includes('/deliveries/')) expect(after.body).toEqual(before.body)
      // Its own tenant is let through to it.
      const own = await acme.call(
        method,
        template === '/ai-sdk/{agent}/{chatId}/stream'
          ? about
          : path.replace(/\/stream$/, '/events').replace(/\/wait$/, '/wait?timeout_seconds=0'),
        body,
      )
      expect({ name, hidden: [401, 403, 404].includes(own.status) }).toEqual({ name, hidden: false })
    }
  })

  test('what the operator has, tenants get 404 for', async () => {
    for (const { name, method, template, body } of withIds()) {
      const { path } = await makeOne(operator, { template, document })
      expect({ name, status: (await acme.call(method, path, body)).status }).toEqual({ name, status: 404 })
    }
  })

  test('what concerns the whole service is refused with 403', async () => {
    const operations = operationsToWalk(document).filter(({ scope }) => ofTheService.test(scope))
    expect(operations.length).toBeGreaterThan(12)
    for (const { name, method, template, body } of operations) {
      const { status } = await acme.call(method, template.replace(/\{\w+\}/, 'other'), body)
      expect({ name, status }).toEqual({ name, status: 403 })
    }
    for (const [method, path] of [
      ['GET', '/v1/scheduler/next'],
      ['POST', '/v1/scheduler/tick'],
    ] as const) {
      expect({ path, status: (await acme.call(method, path)).status }).toEqual({ path, status: 403 })
    }
  })

  test('every list has the rows of one tenant alone', async () => {
    const made = new Map<string, string[]>()
    for (const [owner, caller] of [
      ['acme', acme],
      ['other', other],
      ['operator', operator],
    ] as const) {
      const ids: string[] = []
      for (const template of ['agents', 'runs', 'jobs', 'schedules', 'keys', 'threads'].map(of => `/v1/${of}/{id}`)) {
        ids.push((await makeOne(caller, { template, document })).id)
      }
      made.set(owner, ids)
    }
    const lists = operationsToWalk(document).filter(
      ({ isList, template, scope }) => isList && !template.includes('{') && !ofTheService.test(scope),
    )
    expect(lists.length).toBeGreaterThan(7)
    const seen: string[] = []
    for (const { template } of lists) {
      const text = JSON.stringify((await must(200, acme.call('GET', `${template}?limit=500`))).body)
      for (const owner of ['other', 'operator']) {
        for (const id of made.get(owner) ?? []) {
          expect({ template, shows: text.includes(id) && id }).toEqual({ template, shows: false })
        }
      }
      seen.push(...(made.get('acme') ?? []).filter(id => text.includes(id)))
    }
    expect(new Set(seen)).toEqual(new Set(made.get('acme')))
  })

  test('a queue shows each tenant its own jobs', async () => {
    const quiet = await makeTenant(stage.service, 'quiet')
    const { id } = await makeOne(acme, { template: '/v1/jobs/{id}', document })
    const counts = async ({ call }: Caller) =>
      (await must(200, call<{ counts: Record<string, number> }>('GET', '/v1/queues/lane'))).body.counts
    expect((await counts(acme)).scheduled).toBeGreaterThan(0)
    expect(Object.values(await counts(quiet)).filter(count => count > 0)).toEqual([])
    const retried = await must(
      200,
      quiet.call<{ jobs?: unknown; retried?: unknown }>('POST', '/v1/jobs/retry', { ids: [id] }),
    )
    expect(JSON.stringify(retried.body)).not.toContain(id)
    expect((await quiet.call<PageView<object>>('GET', '/v1/queues/lane/blocked-keys')).body.data).toEqual([])
  })

  test('nothing can be made that refers to what is another tenant’s', async () => {
    const thread_id = (await makeOne(acme, { template: '/v1/threads/{id}', document })).id
    const agent = (await makeOne(acme, { template: '/v1/agents/{name}', document })).id
    const job = (await makeOne(acme, { template: '/v1/jobs/{id}', document })).id
    const cron = '0 9 * * *'
    const wrong: [string, object][] = [
      ['/v1/runs', { agent: 'echo', input: 'x', thread_id }],
      ['/v1/runs', { agent, input: 'x' }],
      ['/v1/runs/wait', { agent, input: 'x' }],
      ['/v1/runs/stream', { agent, input: 'x' }],
      ['/v1/runs/stream', { agent: 'echo', input: 'x', thread_id }],
      ['/chat', { agent, message: 'x' }],
      ['/chat', { message: 'x', thread_id }],
      ['/v1/schedules', { agent, input: 'x', cron }],
      ['/v1/schedules', { agent: 'echo', input: 'x', cron, thread_id }],
      ['/v1/jobs', { kind: 'waits', depends_on: [job] }],
    ]
    for (const [path, body] of wrong) {
      expect({ path, body, status: (await other.call('POST', path, body)).status }).toEqual({ path, body, status: 404 })
    }
    const own = (await makeOne(other, { template: '/v1/schedules/{id}', document })).path
    for (const body of [{ agent }, { thread_id }]) {
      expect({ body, status: (await other.call('PATCH', own, body)).status }).toEqual({ body, status: 404 })
    }
  })

  test('names, idempotency keys and unique keys of one are free for the others', async () => {
    const headers = { 'idempotency-key': 'the same' }
    const made = []
    for (const { call } of [acme, other, operator]) {
      await must(201, call('POST', '/v1/agents', { name: 'same-name', model: 'builtin/echo' }))
      const run = await must(202, call<RunView>('POST', '/v1/runs', { agent: 'same-name', input: 'x' }, headers))
      const body = { kind: 'waits', delay_seconds: 3_600, unique: { key: 'same' }, order: { key: 'same' } }
      const job = await must(201, call<{ job: { id: string }; created: boolean }>('POST', '/v1/jobs', body))
      expect(job.body.created).toBe(true)
      made.push(run.body.id, job.body.job.id)
    }
    expect(new Set(made).size).toBe(6)
  })

  test('a cursor of one tenant shows another nothing of the first', async () => {
    for (let runs = 0; runs < 3; runs++) await makeOne(acme, { template: '/v1/runs/{id}', document })
    const page = await must(200, acme.call<PageView<RunView>>('GET', '/v1/runs?limit=1'))
    const theirs = await must(
      200,
      acme.call<PageView<RunView>>('GET', `/v1/runs?limit=500&cursor=${page.body.next_cursor}`),
    )
    const { body } = await must(
      200,
      other.call<PageView<RunView>>('GET', `/v1/runs?limit=500&cursor=${page.body.next_cursor}`),
    )
    const ids = new Set(theirs.body.data.map(run => run.id))
    expect(ids.size).toBeGreaterThan(1)
    expect(body.data.filter(run => ids.has(run.id))).toEqual([])
  })
})
