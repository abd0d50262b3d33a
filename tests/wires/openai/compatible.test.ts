import { describe, expect, test } from 'bun:test'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { generateText, jsonSchema, streamText, tool } from 'ai'
import { useStage } from '../../api/stage.ts'
import { engines } from '../../support/database.ts'

describe.each(engines)('the AI SDK’s provider for OpenAI-compatible servers on %s', engine => {
  const stage = useStage(engine)
  const model = (agent: string) =>
    createOpenAICompatible({
      name: 'bunkhouse',
      baseURL: `${stage().service.url}/openai/v1`,
      apiKey: stage().service.key,
      includeUsage: true,
    })(agent)

  test('generates and streams text, with its usage', async () => {
    const usage = { input: 3, output: 2 }
    const agent = await stage().agent([
      { text: 'whole', usage },
      { text: ['in ', 'parts'], usage },
    ])
    const whole = await generateText({ model: model(agent), prompt: 'go' })
    expect([whole.text, whole.usage.totalTokens]).toEqual(['whole', 5])
    const streamed = streamText({ model: model(agent), prompt: 'go' })
    const parts: string[] = []
    for await (const part of streamed.textStream) parts.push(part)
    expect([parts.join(''), (await streamed.usage).totalTokens]).toEqual(['in parts', 5])
  })

  test('has its tools called by the agent’s model, and goes on with the same run', async () => {
    const agent = await stage().agent([{ toolCalls: [{ name: 'add', input: { a: 1, b: 2 } }] }, { text: 'three' }])
    const schema = jsonSchema<{ a: number; b: number }>({
      type: 'object',
      properties: { a: { type: 'number' }, b: { type: 'number' } },
      required: ['a', 'b'],
    })
    const add = tool({ description: 'Adds.', inputSchema: schema, execute: async ({ a, b }) => a + b })
    const first = await generateText({ model: model(agent), prompt: 'go', tools: { add } })
    expect(first.toolResults).toMatchObject([{ toolName: 'add', output: 3 }])
    const messages = [{ role: 'user' as const, content: 'go' }, ...first.response.messages]
    const second = await generateText({ model: model(agent), messages, tools: { add } })
    expect(second.text).toBe('three')
    expect(stage().provider.requests(agent)).toHaveLength(2)
  })

  test('tells of failures', async () => {
    const nobody = generateText({ model: model('nobody'), prompt: 'go', maxRetries: 0 })
    await expect(nobody).rejects.toMatchObject({ statusCode: 404, message: 'No agent has the id nobody.' })
  })
})
