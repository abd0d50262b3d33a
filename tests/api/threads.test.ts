import { describe, expect, test } from 'bun:test'
import { engines } from '../support/database.ts'
import { allPages, type MessageView, must, type PageView, type ThreadView, useStage } from './stage.ts'

describe.each(engines)('/v1/threads on %s', engine => {
  const stage = useStage(engine)
  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)

  test('POST answers 201 with the thread and its Location', async () => {
    const { status, headers, body } = await stage().call<ThreadView>('POST', '/v1/threads', {
      metadata: { user: 'u1' },
    })
    expect(status).toBe(201)
    expect(body).toEqual({
      id: expect.stringMatching(/^thr_[0-9a-f]{32}$/),
      object: 'thread',
      metadata: { user: 'u1' },
      created_at: time,
      updated_at: time,
      expires_at: null,
      summary: null,
    })
    expect(headers.get('location')).toBe(`/v1/threads/${body.id}`)
    expect((await must(200, stage().call<ThreadView>('GET', `/v1/threads/${body.id}`))).body).toEqual(body)
  })

  test('metadata comes back byte for byte', async () => {
    const metadata = { 'ключ\u0000': ['\ud800', 1e300, { ' ': null }], __order: { b: 1, a: 2 } }
    const { body } = await must(201, stage().call<ThreadView>('POST', '/v1/threads', { metadata }))
    const read = await must(200, stage().call<ThreadView>('GET', `/v1/threads/${body.id}`))
    expect(JSON.stringify(read.body.metadata)).toBe(JSON.stringify(metadata))
  })

  test('PATCH answers 200 with the metadata replaced', async () => {
    const made = await must(201, stage().call<ThreadView>('POST', '/v1/threads', { metadata: { a: 1, b: 2 } }))
    const path = `/v1/threads/${made.body.id}`
    const { body } = await must(200, stage().call<ThreadView>('PATCH', path, { metadata: { c: 3 } }))
    expect(body).toMatchObject({ id: made.body.id, created_at: made.body.created_at })
    expect(body.metadata).toEqual({ c: 3 })
    expect(Date.parse(body.updated_at)).toBeGreaterThanOrEqual(Date.parse(made.body.updated_at))
    expect((await must(200, stage().call<ThreadView>('GET', path))).body).toEqual(body)
  })

  test('GET lists the newest first, in pages', async () => {
    const made: string[] = []
    for (let index = 0; index < 5; index++) made.push(await stage().thread())
    const { items } = await allPages<ThreadView>(stage().call, '/v1/threads?limit=2')
    expect(items.slice(0, 5).map(thread => thread.id)).toEqual(made.reverse())
    expect(new Set(items.map(thread => thread.id)).size).toBe(items.length)
  })

  test('DELETE answers 204, and with the thread its messages are gone while its runs stay', async () => {
    const id = await stage().thread()
    const run = await stage().run({ thread_id: id })
    await stage().finished(run.id)
    const { status, body } = await stage().call('DELETE', `/v1/threads/${id}`)
    expect({ status, body }).toEqual({ status: 204, body: undefined as never })
    for (const [method, path] of [
      ['GET', ''],
      ['GET', '/messages'],
      ['DELETE', ''],
    ] as const) {
      expect((await stage().call(method, `/v1/threads/${id}${path}`)).status).toBe(404)
    }
    expect(await stage().finished(run.id)).toMatchObject({ status: 'completed', thread_id: id })
  })

  test('409 for deleting a thread with an unfinished run, which goes on', async () => {
    const agent = await stage().agent([{ text: 'x', hold: true }])
    const id = await stage().thread()
    const run = await stage().run({ agent, thread_id: id })
    const exchange = await stage().provider.request(agent, 1)
    const { status, body } = await stage().call('DELETE', `/v1/threads/${id}`)
    expect(status).toBe(409)
    expect(body).toMatchObject({ code: 'thread_busy', detail: expect.stringContaining(id) })
    exchange.release()
    expect((await stage().finished(run.id)).status).toBe('completed')
    await must(204, stage().call('DELETE', `/v1/threads/${id}`))
  })

  test('404 for a thread that does not exist', async () => {
    for (const [method, path, body] of [
      ['GET', '', undefined],
      ['PATCH', '', { metadata: {} }],
      ['DELETE', '', undefined],
      ['GET', '/messages', undefined],
      ['POST', '/messages', { role: 'user', content: 'x' }],
    ] as const) {
      const answer = await stage().call(method, `/v1/threads/thr_none${path}`, body)
      expect(answer.status).toBe(404)
      expect(answer.body).toMatchObject({ code: 'not_found', detail: 'No thread has the id thr_none.' })
    }
  })

  test.each([
    ['POST', '/v1/threads', { name: 'x' }, '/name'],
    ['POST', '/v1/threads', { metadata: 'x' }, '/metadata'],
    ['POST', '/v1/threads', { metadata: ['x'] }, '/metadata'],
    ['PATCH', '/v1/threads/thr_none', {}, ''],
    ['PATCH', '/v1/threads/thr_none', { metadata: {}, id: 'x' }, '/id'],
  ])('422 for %s %s with %j, naming the field', async (method, path, sent, field) => {
    const { status, body } = await stage().call(method, path, sent)
    expect(status).toBe(422)
    expect(body.errors).toMatchObject([{ in: 'body', path: field }])
  })
})

describe.each(engines)('/v1/threads/:id/messages on %s', engine => {
  const stage = useStage(engine)
  const messages = async (id: string, query = '') =>
    (await must(200, stage().call<PageView<MessageView>>('GET', `/v1/threads/${id}/messages?${query}`))).body
  const said = async (id: string) => (await messages(id)).data.map(({ role, content }) => [role, content])

  test('POST answers 201 with the message at its place', async () => {
    const id = await stage().thread()
    for (const [index, role] of ['system', 'user', 'assistant'].entries()) {
      const sent = { role, content: `number ${index}` }
      const { body } = await must(201, stage().call<MessageView>('POST', `/v1/threads/${id}/messages`, sent))
      expect(body).toEqual({
        id: expect.stringMatching(/^msg_[0-9a-f]{32}$/),
        object: 'message',
        thread_id: id,
        position: index + 1,
        run_id: null,
        role,
        content: `number ${index}`,
        created_at: expect.any(String),
      })
      expect((await messages(id)).data.at(-1)).toEqual(body)
    }
  })

  test('GET pages through them in order', async () => {
    const id = await stage().thread()
    for (let index = 1; index <= 7; index++) {
      await must(201, stage().call('POST', `/v1/threads/${id}/messages`, { role: 'user', content: `${index}` }))
    }
    const { items, pages } = await allPages<MessageView>(stage().call, `/v1/threads/${id}/messages?limit=3`)
    expect(items.map(message => [message.position, message.content])).toEqual(
      [1, 2, 3, 4, 5, 6, 7].map(index => [index, `${index}`]),
    )
    expect(pages).toBe(3)
  })

  test('content may be parts, and comes back as it was sent', async () => {
    const id = await stage().thread()
    const content = [
      { type: 'text', text: 'a\u0000 ' },
      { type: 'text', text: '🎉' },
    ]
    await must(201, stage().call('POST', `/v1/threads/${id}/messages`, { role: 'user', content }))
    expect(await said(id)).toEqual([['user', content]])
  })

  test('30 messages at once get places 1 to 30, each once', async () => {
    const id = await stage().thread()
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        must(
          201,
          stage().call<MessageView>('POST', `/v1/threads/${id}/messages`, { role: 'user', content: `${index}` }),
        ),
      ),
    )
    const places = answers.map(answer => answer.body.position).sort((a, b) => a - b)
    expect(places).toEqual(Array.from({ length: 30 }, (_, index) => index + 1))
    expect((await messages(id)).data).toHaveLength(30)
  })

  test('a completed run adds what was asked and what was answered, under its id', async () => {
    const id = await stage().thread()
    await must(201, stage().call('POST', `/v1/threads/${id}/messages`, { role: 'user', content: 'before' }))
    const run = await stage().run({ thread_id: id, input: 'question' })
    await stage().finished(run.id)
    expect(
      (await messages(id)).data.map(({ position, role, content, run_id }) => [position, role, content, run_id]),
    ).toEqual([
      [1, 'user', 'before', null],
      [2, 'user', 'question', run.id],
      [3, 'assistant', 'question', run.id],
    ])
  })

  test('the model is given the conversation so far', async () => {
    const agent = await stage().agent([{ text: 'I am fine.' }, { text: 'Bye.' }])
    const thread_id = await stage().thread()
    for (const input of ['How are you?', 'Goodbye.']) {
      await stage().finished((await stage().run({ agent, thread_id, input })).id)
    }
    const { record } = await stage().provider.request(agent, 2)
    const sent = record.body as { messages: { role: string; content: string }[] } // our provider's wire
    expect(sent.messages.map(({ role, content }) => [role, content])).toEqual([
      ['user', 'How are you?'],
      ['assistant', 'I am fine.'],
      ['user', 'Goodbye.'],
    ])
    expect(await said(thread_id)).toEqual([
      ['user', 'How are you?'],
      ['assistant', 'I am fine.'],
      ['user', 'Goodbye.'],
      ['assistant', 'Bye.'],
    ])
  })

  test('a failed run adds nothing', async () => {
    const agent = await stage().agent([{ error: { status: 400, message: 'no' } }])
    const thread_id = await stage().thread()
    expect((await stage().finished((await stage().run({ agent, thread_id })).id)).status).toBe('failed')
    expect(await said(thread_id)).toEqual([])
  })

  test.each([
    [{ role: 'tool', content: 'x' }, '/role'],
    [{ role: 'user' }, '/content'],
    [{ content: 'x' }, '/role'],
    [{ role: 'user', content: 5 }, '/content'],
    [{ role: 'user', content: [] }, '/content'],
    [{ role: 'user', content: [{ type: 'image', text: 'x' }] }, '/content/0/type'],
    [{ role: 'user', content: [{ type: 'text', text: 'x', cache: true }] }, '/content/0/cache'],
    [{ role: 'user', content: 'x', name: 'y' }, '/name'],
  ])('422 for the message %j, naming the field', async (message, field) => {
    const id = await stage().thread()
    const { status, body } = await stage().call('POST', `/v1/threads/${id}/messages`, message)
    expect(status).toBe(422)
    expect(body.errors).toMatchObject([{ in: 'body', path: field }])
    expect(await said(id)).toEqual([])
  })
})
