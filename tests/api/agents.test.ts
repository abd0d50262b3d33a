import { describe, expect, test } from 'bun:test'
import { engines } from '../support/database.ts'
import { type AgentView, allPages, must, type PageView, type RunView, runBody, useStage } from './stage.ts'

let names = 0
const newName = () => `made-${++names}`

describe.each(engines)('/v1/agents on %s', engine => {
  const stage = useStage(engine)
  const make = (body: object) => stage().call<AgentView>('POST', '/v1/agents', body)
  const read = async (name: string) => (await must(200, stage().call<AgentView>('GET', `/v1/agents/${name}`))).body

  test('POST answers 201 with the agent in version 1 and its Location', async () => {
    const name = newName()
    const { status, headers, body } = await make({ name, model: 'builtin/echo' })
    expect(status).toBe(201)
    expect(headers.get('location')).toBe(`/v1/agents/${name}`)
    expect(body).toEqual({
      name,
      object: 'agent',
      source: 'api',
      version: 1,
      description: null,
      model: 'builtin/echo',
      instructions: null,
      tools: [],
      max_steps: null,
      temperature: null,
      max_output_tokens: null,
      created_at: expect.any(String),
      updated_at: expect.any(String),
    })
    expect(await read(name)).toEqual(body)
  })

  test('all its settings are kept, and reach the model', async () => {
    const settings = {
      description: 'A test\u0000',
      instructions: 'Be kind. 🐢',
      max_steps: 3,
      temperature: 0.25,
      max_output_tokens: 77,
    }
    const name = await stage().agent([{ text: 'ok' }], settings)
    expect(await read(name)).toMatchObject(settings)
    await stage().finished((await stage().run({ agent: name })).id)
    const { record } = await stage().provider.request(name, 1)
    expect(record.body).toMatchObject({ model: name, temperature: 0.25, max_tokens: 77 })
    expect(record.body).toMatchObject({ messages: [{ role: 'system', content: 'Be kind. 🐢' }, { role: 'user' }] })
  })

  test('409 for a name that is taken, by an agent of any source', async () => {
    const name = newName()
    await must(201, make({ name, model: 'builtin/echo' }))
    for (const taken of [name, 'echo']) {
      const { status, body } = await stage().call('POST', '/v1/agents', { name: taken, model: 'builtin/echo' })
      expect(status).toBe(409)
      expect(body).toMatchObject({ code: 'conflict', detail: `There is an agent called ${taken} already.` })
    }
  })

  test('of ten at once with one name one is made and nine get 409', async () => {
    const name = newName()
    const made = await Promise.all(Array.from({ length: 10 }, () => make({ name, model: 'builtin/echo' })))
    expect(made.map(({ status }) => status).sort()).toEqual([201, ...Array(9).fill(409)])
  })

  test('GET lists agents of every source by name, in pages', async () => {
    for (let index = 0; index < 3; index++) await must(201, make({ name: newName(), model: 'builtin/echo' }))
    const { items } = await allPages<AgentView>(stage().call, '/v1/agents?limit=2')
    const listed = items.map(agent => agent.name)
    expect(listed).toEqual([...listed].sort())
    expect(new Set(listed).size).toBe(listed.length)
    expect(items.find(agent => agent.name === 'echo')).toMatchObject({ source: 'builtin', version: 1 })
    expect(items.filter(agent => agent.source === 'api').length).toBeGreaterThanOrEqual(3)
  })

  test('PATCH answers 200 with the next version, in which what was left out stays and null clears', async () => {
    const name = newName()
    await must(201, make({ name, model: 'builtin/echo', instructions: 'one', temperature: 1 }))
    const path = `/v1/agents/${name}`
    const second = await must(200, stage().call<AgentView>('PATCH', path, { instructions: 'two' }))
    expect(second.body).toMatchObject({ version: 2, instructions: 'two', temperature: 1, model: 'builtin/echo' })
    const third = await must(200, stage().call<AgentView>('PATCH', path, { temperature: null }))
    expect(third.body).toMatchObject({ version: 3, instructions: 'two', temperature: null })
    expect(third.body.created_at).toBe(second.body.created_at)
    expect(await read(name)).toEqual(third.body)
  })

  test('ten changes at once make ten versions', async () => {
    const name = newName()
    await must(201, make({ name, model: 'builtin/echo' }))
    const changed = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        stage().call<AgentView>('PATCH', `/v1/agents/${name}`, { max_steps: index + 1 }),
      ),
    )
    expect(changed.map(({ status }) => status)).toEqual(Array(10).fill(200))
    expect(changed.map(({ body }) => body.version).sort((a, b) => a - b)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
  })

  test('a run keeps the version it was made with, while new ones take the new version', async () => {
    const name = await stage().agent([{ text: ['a'], hold: true }, { text: 'b' }, { text: 'c' }], {
      instructions: 'old',
    })
    const thread_id = await stage().thread()
    const running = await stage().run({ agent: name, thread_id })
    const waiting = await stage().run({ agent: name, thread_id })
    const exchange = await stage().provider.request(name, 1)
    await must(200, stage().call('PATCH', `/v1/agents/${name}`, { instructions: 'new' }))
    const later = await stage().run({ agent: name, thread_id })
    exchange.release()
    const runs = await Promise.all([running, waiting, later].map(({ id }) => stage().finished(id)))
    expect(runs.map(run => run.agent_version)).toEqual([1, 1, 2])
    const instructions = stage()
      .provider.requests(name)
      .map(({ record }) => (record.body as { messages: { content: string }[] }).messages[0]?.content) // our provider's wire
    expect(instructions).toEqual(['old', 'old', 'new'])
  })

  test('a rollback lets new runs take an earlier version, and the next change is a new one', async () => {
    const name = newName()
    await must(201, make({ name, model: 'builtin/echo', instructions: 'one' }))
    await must(200, stage().call('PATCH', `/v1/agents/${name}`, { instructions: 'two' }))
    const { body } = await must(200, stage().call<AgentView>('POST', `/v1/agents/${name}/rollback`, { version: 1 }))
    expect(body).toMatchObject({ version: 1, instructions: 'one' })
    expect(await read(name)).toEqual(body)
    expect((await stage().run({ agent: name })).agent_version).toBe(1)
    const next = await must(200, stage().call<AgentView>('PATCH', `/v1/agents/${name}`, { max_steps: 5 }))
    expect(next.body).toMatchObject({ version: 3, instructions: 'one', max_steps: 5 })
  })

  test('GET /versions lists them, the newest first, in pages', async () => {
    const name = newName()
    await must(201, make({ name, model: 'builtin/echo', instructions: '1' }))
    for (const instructions of ['2', '3', '4', '5']) {
      await must(200, stage().call('PATCH', `/v1/agents/${name}`, { instructions }))
    }
    type Version = { version: number; instructions: string; object: string; name: string }
    const { items, pages } = await allPages<Version>(stage().call, `/v1/agents/${name}/versions?limit=2`)
    expect(items.map(({ version, instructions }) => [version, instructions])).toEqual([
      [5, '5'],
      [4, '4'],
      [3, '3'],
      [2, '2'],
      [1, '1'],
    ])
    expect(pages).toBe(3)
    expect(items[0]).toMatchObject({ object: 'agent_version', name })
  })

  test('DELETE answers 204: no new runs, while those that were made go on', async () => {
    const name = await stage().agent([{ text: ['going on'], hold: true }])
    const thread_id = await stage().thread()
    const running = await stage().run({ agent: name, thread_id })
    const waiting = await stage().run({ agent: name, thread_id })
    const exchange = await stage().provider.request(name, 1)
    await must(204, stage().call('DELETE', `/v1/agents/${name}`))
    expect((await stage().call('GET', `/v1/agents/${name}`)).status).toBe(404)
    expect((await stage().call('POST', '/v1/runs', runBody({ agent: name }))).status).toBe(404)
    expect((await stage().call('DELETE', `/v1/agents/${name}`)).status).toBe(404)
    const { body } = await must(200, stage().call<PageView<AgentView>>('GET', '/v1/agents?limit=500'))
    expect(body.data.map(agent => agent.name)).not.toContain(name)
    exchange.release()
    expect(await stage().finished(running.id)).toMatchObject({ status: 'completed', output: 'going on' })
    expect((await stage().finished(waiting.id)).status).toBe('completed')
  })

  test('a name that was deleted may be used again, as its next version', async () => {
    const name = newName()
    await must(201, make({ name, model: 'builtin/echo', instructions: 'one' }))
    await must(204, stage().call('DELETE', `/v1/agents/${name}`))
    const { body } = await must(201, make({ name, model: 'builtin/echo', instructions: 'two' }))
    expect(body).toMatchObject({ name, version: 2, instructions: 'two' })
  })

  test('404 for an agent, and for a version, that does not exist', async () => {
    for (const [method, path, sent] of [
      ['GET', '/v1/agents/nobody', undefined],
      ['PATCH', '/v1/agents/nobody', { max_steps: 1 }],
      ['DELETE', '/v1/agents/nobody', undefined],
      ['GET', '/v1/agents/nobody/versions', undefined],
      ['POST', '/v1/agents/nobody/rollback', { version: 1 }],
    ] as const) {
      const { status, body } = await stage().call(method, path, sent)
      expect(status).toBe(404)
      expect(body).toMatchObject({ code: 'not_found', detail: expect.stringContaining('nobody') })
    }
    const name = newName()
    await must(201, make({ name, model: 'builtin/echo' }))
    expect((await stage().call('POST', `/v1/agents/${name}/rollback`, { version: 2 })).status).toBe(404)
  })

  test.each([
    [{ name: 'x' }, '/model'],
    [{ model: 'a/b' }, '/name'],
    [{ name: 'Upper', model: 'a/b' }, '/name'],
    [{ name: '-x', model: 'a/b' }, '/name'],
    [{ name: 'x'.repeat(65), model: 'a/b' }, '/name'],
    [{ name: 'x\u0000', model: 'a/b' }, '/name'],
    [{ name: 'x', model: 'no-provider' }, '/model'],
    [{ name: 'x', model: 'a/b', temperature: 3 }, '/temperature'],
    [{ name: 'x', model: 'a/b', max_steps: 0 }, '/max_steps'],
    [{ name: 'x', model: 'a/b', max_output_tokens: '5' }, '/max_output_tokens'],
    [{ name: 'x', model: 'a/b', tools: {} }, '/tools'],
    [{ name: 'x', model: 'a/b', instructions: 5 }, '/instructions'],
  ])('422 for %j, naming the field', async (sent, field) => {
    const { status, body } = await stage().call('POST', '/v1/agents', sent)
    expect(status).toBe(422)
    expect(body.errors).toMatchObject([{ in: 'body', path: field }])
  })

  test('422 for a change of nothing, or of the name', async () => {
    const name = await stage().agent()
    expect((await stage().call('PATCH', `/v1/agents/${name}`, {})).status).toBe(422)
    const { body } = await stage().call('PATCH', `/v1/agents/${name}`, { name: 'other' })
    expect(body.errors).toMatchObject([{ path: '/name' }])
  })

  test('a run of an agent whose provider is not set up fails and says so', async () => {
    const name = newName()
    await must(201, make({ name, model: 'nowhere/model' }))
    const { body } = await must(200, stage().call<RunView>('POST', '/v1/runs/wait', runBody({ agent: name })))
    expect(body).toMatchObject({
      status: 'failed',
      error: { code: 'agent_unavailable', message: expect.stringContaining('nowhere') },
    })
  })
})
