import { describe, expect, test } from 'bun:test'
import OpenAI, { APIError } from 'openai'
import { must, type RunView, useStage } from '../../api/stage.ts'
import { engines } from '../../support/database.ts'

const statusOf = (call: PromiseLike<unknown>) =>
  Promise.resolve(call).then(
    () => 200,
    (error: unknown) => (error instanceof APIError ? error.status : error),
  )

describe.each(engines)('models without an agent on %s', engine => {
  const stage = useStage(engine, { PLAIN_MODELS: 'fake/plain, fake/other' })
  const client = (apiKey = stage().service.key) =>
    new OpenAI({ baseURL: `${stage().service.url}/openai/v1`, apiKey, maxRetries: 0 })

  test('are run by their name, where the operator has named them', async () => {
    stage().provider.script('plain', [{ text: 'plainly' }, { text: 'again' }])
    const messages = [{ role: 'user' as const, content: 'go' }]
    const answer = await client().chat.completions.create({ model: 'fake/plain', messages })
    expect(answer).toMatchObject({ model: 'fake/plain', choices: [{ message: { content: 'plainly' } }] })
    const run = await must(200, stage().call<RunView>('GET', `/v1/runs/run_${answer.id.replace('chatcmpl-', '')}`))
    expect(run.body).toMatchObject({ agent: 'fake/plain', agent_version: 1, status: 'completed' })
    expect((await client().responses.create({ model: 'fake/plain', input: 'go' })).output_text).toBe('again')
    expect(await statusOf(client().chat.completions.create({ model: 'fake/unnamed', messages }))).toBe(404)
  })

  test('are listed beside the agents', async () => {
    const ids = []
    for await (const { id } of client().models.list()) ids.push(id)
    expect(ids).toEqual(expect.arrayContaining(['echo', 'fake/plain', 'fake/other']))
    expect(await client().models.retrieve('fake/plain')).toMatchObject({ id: 'fake/plain', owned_by: 'fake' })
  })

  test('are not for keys of some agents', async () => {
    const scopes = ['runs:write', 'agents:read']
    const made = await must(
      201,
      stage().call<{ key: string }>('POST', '/v1/keys', { name: 'one', scopes, agents: ['echo'] }),
    )
    const ids = []
    for await (const { id } of client(made.body.key).models.list()) ids.push(id)
    expect(ids).toEqual(['echo'])
    expect(await statusOf(client(made.body.key).responses.create({ model: 'fake/plain', input: 'go' }))).toBe(404)
  })
})
