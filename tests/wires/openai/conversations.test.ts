import { describe, expect, test } from 'bun:test'
import OpenAI, { APIError } from 'openai'
import { type MessageView, must, type PageView, useStage } from '../../api/stage.ts'
import { engines } from '../../support/database.ts'

const statusOf = (call: PromiseLike<unknown>) =>
  Promise.resolve(call).then(
    () => 200,
    (error: unknown) => (error instanceof APIError ? error.status : error),
  )

describe.each(engines)('OpenAI’s client and conversations on %s', engine => {
  const stage = useStage(engine)
  const client = () =>
    new OpenAI({ baseURL: `${stage().service.url}/openai/v1`, apiKey: stage().service.key, maxRetries: 0 })
  const prompts = (agent: string) =>
    stage()
      .provider.requests(agent)

      .map(({ record }) => {
        const { messages } = record.body as { messages: { role: string; content: string | { text: string }[] }[] } // as the provider was asked
        return messages.map(
          ({ role, content }) =>
            `${role}: ${typeof content === 'string' ? content : content.map(({ text }) => text).join('')}`,
        )
      })

  test('keeps one, adds responses to it, and each has instructions of its own', async () => {
    const agent = await stage().agent([{ text: 'one' }, { text: 'two' }])
    const kept = await client().conversations.create({
      metadata: { topic: 'tea' },
      items: [{ type: 'message', role: 'user', content: 'I like tea.' }],
    })
    expect(kept).toMatchObject({ object: 'conversation', metadata: { topic: 'tea' } })
    const first = await client().responses.create({
      model: agent,
      input: 'go',
      conversation: kept.id,
      instructions: 'Be brief.',
    })
    expect(first).toMatchObject({ status: 'completed', output_text: 'one', conversation: { id: kept.id } })
    const second = await client().responses.create({ model: agent, input: 'on', conversation: { id: kept.id } })
    expect(second.output_text).toBe('two')
    expect(prompts(agent)).toEqual([
      ['system: Be brief.', 'user: I like tea.', 'user: go'],
      ['user: I like tea.', 'user: go', 'assistant: one', 'user: on'],
    ])
    // It is a thread by another name.
    const messages = await must(
      200,
      stage().call<PageView<MessageView>>('GET', `/v1/threads/${kept.id.replace('conv_', 'thr_')}/messages`),
    )
    expect(messages.body.data.map(({ content }) => content)).toEqual(['I like tea.', 'go', 'one', 'on', 'two'])
  })

  test('reads, changes and deletes it', async () => {
    const kept = await client().conversations.create({ metadata: { a: '1' } })
    expect(await client().conversations.retrieve(kept.id)).toEqual(kept)
    const changed = await client().conversations.update(kept.id, { metadata: { b: '2' } })
    expect(changed).toEqual({ ...kept, metadata: { b: '2' } })
    expect(await client().conversations.delete(kept.id)).toEqual({
      id: kept.id,
      object: 'conversation.deleted',
      deleted: true,
    })
    expect(await statusOf(client().conversations.retrieve(kept.id))).toBe(404)
    expect(await statusOf(client().conversations.delete('conv_x'))).toBe(404)
  })

  test('pages through its items, in both directions', async () => {
    const { id } = await client().conversations.create({})
    const words = Array.from({ length: 7 }, (_, index) => `word ${index}`)
    for (const content of words) await client().conversations.items.create(id, { items: [{ role: 'user', content }] })
    for (const order of ['asc', 'desc'] as const) {
      const seen: string[] = []
      for await (const item of client().conversations.items.list(id, { order, limit: 3 })) {
        if (item.type !== 'message') throw new Error(item.type)
        const [part] = item.content
        seen.push(part?.type === 'input_text' ? part.text : '')
      }
      expect(seen).toEqual(order === 'asc' ? words : words.toReversed())
    }
    const page = await client().conversations.items.list(id)
    const [newest] = page.data
    expect(newest).toMatchObject({ role: 'user', status: 'completed', content: [{ text: 'word 6' }] })
    const itemId = newest?.id ?? ''
    expect(await client().conversations.items.retrieve(itemId, { conversation_id: id })).toEqual(
      newest ?? expect.anything(),
    )
    expect(await client().conversations.items.delete(itemId, { conversation_id: id })).toMatchObject({ id })
    expect(await statusOf(client().conversations.items.retrieve(itemId, { conversation_id: id }))).toBe(404)
    expect((await client().conversations.items.list(id, { limit: 100 })).data).toHaveLength(6)
  })

  test('is told what cannot be', async () => {
    const { id } = await client().conversations.create({})
    const made = await client().responses.create({ model: 'echo', input: 'x', conversation: id })
    const ask = (body: object) => statusOf(client().responses.create({ model: 'echo', input: 'x', ...body }))
    expect(await ask({ conversation: 'conv_x' })).toBe(404)
    expect(await ask({ conversation: id, previous_response_id: made.id })).toBe(400)
    expect(await ask({ previous_response_id: made.id })).toBe(409)
    const output = { type: 'function_call_output' as const, call_id: 'x', output: 'y' }
    expect(await statusOf(client().conversations.items.create(id, { items: [output] }))).toBe(400)
  })
})
