import { describe, expect, test } from 'bun:test'
import OpenAI from 'openai'
import { useStage } from '../../api/stage.ts'
import { engines } from '../../support/database.ts'

const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const inline = `data:image/png;base64,${pixel}`
const text = `data:text/plain;base64,${btoa('to pay: 7')}`

describe.each(engines)('images and files of OpenAI’s clients on %s', engine => {
  const stage = useStage(engine)
  const client = () =>
    new OpenAI({ apiKey: stage().service.key, baseURL: `${stage().service.url}/openai/v1`, maxRetries: 0 })
  const sent = async (agent: string, number = 1) => {
    const { body } = (await stage().provider.request(agent, number)).record
    return (body as { messages: { content: unknown }[] }).messages.at(-1)?.content // as the SDK sends them
  }

  test('are given to the model of a chat completion', async () => {
    const agent = await stage().agent([{ text: 'a dot' }])
    const { choices } = await client().chat.completions.create({
      model: agent,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is it?' },
            { type: 'image_url', image_url: { url: inline } },
            { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
            { type: 'file', file: { file_data: text, filename: 'bill.txt' } },
          ],
        },
      ],
    })
    expect(choices[0]?.message.content).toBe('a dot')
    expect(await sent(agent)).toEqual([
      { type: 'text', text: 'What is it?' },
      { type: 'image_url', image_url: { url: inline } },
      { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
      { type: 'text', text: '[File bill.txt]\nto pay: 7\n[End of bill.txt]' },
    ])
  })

  test('are given to the model of a response, and of the next one of the conversation', async () => {
    const agent = await stage().agent([{ text: 'a dot' }, { text: 'black' }])
    const first = await client().responses.create({
      model: agent,
      input: [{ role: 'user', content: [{ type: 'input_image', image_url: inline, detail: 'auto' }] }],
    })
    expect(first.output_text).toBe('a dot')
    const { data } = await client().responses.inputItems.list(first.id)
    expect(data).toMatchObject([{ content: [{ type: 'input_file', file_id: expect.stringMatching(/^file_/) }] }])
    const next = await client().responses.create({ model: agent, input: 'Its colour?', previous_response_id: first.id })
    expect(next.output_text).toBe('black')
    expect(JSON.stringify((await stage().provider.request(agent, 2)).record.body)).toContain(inline)
  })

  test('are refused where they are none', async () => {
    const ask = (url: string) =>
      client().chat.completions.create({
        model: 'echo',
        messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }],
      })
    for (const url of ['http://10.0.0.1/a.png', 'file:///etc/passwd', `data:image/png;base64,${btoa('no image')}`])
      expect(await ask(url).catch((error: unknown) => error)).toMatchObject({ status: 400 })
  })
})
