import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import type { ApiDocument } from '../api/openapi-document.ts'
import {
  type AgentView,
  must,
  type PageView,
  type RunView,
  type Stage,
  startStage,
  type ThreadView,
} from '../api/stage.ts'
import { engines } from '../support/database.ts'
import { temporaryFiles } from '../support/temporary-files.ts'
import { type Caller, callerOf, jobFiles, makeOne, operationsToWalk, readDocument } from './belongings.ts'

/** What a key for some agents can have. */
const possible = ['runs', 'threads', 'agents', 'schedules', 'webhooks', 'keys'].flatMap(of => [
  `${of}:read`,
  `${of}:write`,
])

describe.each(engines)('a key for some agents on %s', engine => {
  setDefaultTimeout(120_000)
  const files = temporaryFiles(jobFiles)
  let stage: Stage
  let document: ApiDocument
  let admin: Caller
  let mine: Caller
  let almighty: Caller

  beforeAll(async () => {
    stage = await startStage(engine, { JOBS_DIR: files.path })
    document = await readDocument(stage.service)
    admin = callerOf(stage.service, stage.service.key)
    for (const name of ['mine', 'others']) {
      await must(201, admin.call('POST', '/v1/agents', { name, model: 'builtin/echo' }))
    }
    const keyFor = async (scopes: string[]) => {
      const body = { name: 'for mine', scopes, agents: ['mine', 'not-made-yet'] }
      return callerOf(stage.service, (await must(201, admin.call<{ key: string }>('POST', '/v1/keys', body))).body.key)
    }
    mine = await keyFor(possible)
    almighty = await keyFor(['admin'])
  })
  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]()
    files[Symbol.dispose]()
  })

  /** Of another agent, or for all of them. */
  const makeOthers = async (template: string) => {
    if (template.startsWith('/v1/agents/')) return { id: 'others', path: template.replace(/\{\w+\}/, 'others') }
    const made = await makeOne(admin, { template, document, agent: 'others' })
    if (/^\/v1\/threads\/|conversations/.test(template)) {
      const body = { agent: 'others', input: 'x', thread_id: made.id.replace('conv_', 'thr_'), delay_seconds: 3_600 }
      await must(202, admin.call('POST', '/v1/runs', body))
    }
    return made
  }

  test('gets 403 where the scope concerns others too, also as an admin key', async () => {
    const operations = operationsToWalk(document).filter(({ scope }) => !possible.includes(scope))
    expect(operations.length).toBeGreaterThan(25)
    for (const { name, method, template, body } of operations) {
      const { status } = await almighty.call(method, template.replace(/\{\w+\}/, 'X'), body)
      expect({ name, status }).toEqual({ name, status: 403 })
    }
  })

  test.each(['with its scopes', 'as an admin key'])(
    'gets 404 from every route for what is of another agent, %s',
    async which => {
      const caller = which === 'as an admin key' ? almighty : mine
      const operations = operationsToWalk(document).filter(
        ({ template, scope }) => template.includes('{') && possible.includes(scope),
      )
      expect(operations.length).toBeGreaterThan(25)
      for (const { name, method, template, body } of operations) {
        const { path } = await makeOthers(template)
        expect({ name, status: (await caller.call(method, path, body)).status }).toEqual({ name, status: 404 })
      }
    },
  )

  test('may do all of it with its own', async () => {
    const { call } = mine
    expect((await call('GET', '/v1/agents/mine')).status).toBe(200)
    expect((await call('PATCH', '/v1/agents/mine', { instructions: 'Be kind.' })).status).toBe(200)
    expect((await call('POST', '/v1/agents', { name: 'not-made-yet', model: 'builtin/echo' })).status).toBe(201)
    const thread = await must(201, call<ThreadView>('POST', '/v1/threads', {}))
    const run = { agent: 'mine', input: 'hello', thread_id: thread.body.id }
    expect((await call<RunView>('POST', '/v1/runs/wait', run)).body).toMatchObject({ status: 'completed' })
    const messages = await must(200, call<PageView<object>>('GET', `/v1/threads/${thread.body.id}/messages`))
    expect(messages.body.data).toHaveLength(2)
    expect((await call('PATCH', `/v1/threads/${thread.body.id}`, { metadata: { a: 1 } })).status).toBe(200)
    const { path } = await makeOne(mine, { template: '/v1/schedules/{id}', document, agent: 'mine' })
    for (const verb of ['pause', 'resume', 'trigger'])
      expect((await call('POST', `${path}/${verb}`)).status).toBe(verb === 'trigger' ? 202 : 200)
    expect((await call('DELETE', `/v1/threads/${thread.body.id}`)).status).toBe(204)
  })

  test('can make nothing for another agent', async () => {
    const cron = '0 9 * * *'
    const wrong: [number, string, object][] = [
      [404, '/v1/runs', { agent: 'others', input: 'x' }],
      [404, '/v1/runs/wait', { agent: 'others', input: 'x' }],
      [404, '/v1/runs/stream', { agent: 'others', input: 'x' }],
      [404, '/chat', { agent: 'others', message: 'x' }],
      [404, '/v1/schedules', { agent: 'others', input: 'x', cron }],
      [403, '/v1/agents', { name: 'new-one', model: 'builtin/echo' }],
      [403, '/v1/keys', { name: 'more', scopes: ['runs:read'] }],
      [403, '/v1/keys', { name: 'more', scopes: ['runs:read'], agents: ['mine', 'others'] }],
      [403, '/v1/keys', { name: 'more', scopes: ['jobs:read'], agents: ['mine'] }],
    ]
    for (const [status, path, body] of wrong) {
      expect({ body, status: (await mine.call('POST', path, body)).status }).toEqual({ body, status })
    }
    const { path } = await makeOne(mine, { template: '/v1/schedules/{id}', document, agent: 'mine' })
    expect((await mine.call('PATCH', path, { agent: 'others' })).status).toBe(404)
    const { id } = await makeOthers('/v1/threads/{id}')
    expect((await mine.call('POST', '/v1/runs', { agent: 'mine', input: 'x', thread_id: id })).status).toBe(404)
  })

  test('lists only what is of its agents', async () => {
    for (const agent of ['mine', 'others']) {
      for (const of of ['runs', 'schedules']) {
        await makeOne(admin, { template: `/v1/${of}/{id}`, document, agent })
      }
    }
    const other = await makeOthers('/v1/threads/{id}')
    const { data: agents } = (await must(200, mine.call<PageView<AgentView>>('GET', '/v1/agents'))).body
    expect(agents.map(agent => agent.name)).toEqual(['mine', 'not-made-yet'])
    for (const path of ['/v1/runs', '/v1/schedules']) {
      const { data } = (await must(200, mine.call<PageView<{ agent: string }>>('GET', `${path}?limit=500`))).body
      expect([...new Set(data.map(({ agent }) => agent))]).toEqual(['mine'])
      const asked = await must(200, mine.call<PageView<object>>('GET', `${path}?agent=others`))
      expect(asked.body.data).toEqual([])
    }
    const threads = (await must(200, mine.call<PageView<ThreadView>>('GET', '/v1/threads?limit=500'))).body.data
    expect(threads.filter(({ id }) => id === other.id)).toEqual([])
    const keys = (await must(200, mine.call<PageView<{ agents: string[] | null }>>('GET', '/v1/keys'))).body.data
    expect(keys.length).toBeGreaterThan(0)
    for (const key of keys) expect(key.agents).toEqual(['mine', 'not-made-yet'])
  })

  test('a thread that another agent runs on is its no more', async () => {
    const { id, path } = await makeOne(mine, { template: '/v1/threads/{id}', document })
    expect((await mine.call('GET', path)).status).toBe(200)
    await must(202, admin.call('POST', '/v1/runs', { agent: 'others', input: 'x', thread_id: id }))
    expect((await mine.call('GET', path)).status).toBe(404)
  })
})
