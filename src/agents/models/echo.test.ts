import { expect, test } from 'bun:test'
import type { LanguageModelV4Prompt } from '@ai-sdk/provider'
import { callModel } from './call.ts'
import { echoModel } from './echo.ts'

const echo = async (prompt: LanguageModelV4Prompt) => {
  const deltas: string[] = []
  const result = await callModel(
    { model: echoModel, prompt, tools: [], signal: new AbortController().signal, idleTimeoutMs: 1000 },
    { text: delta => deltas.push(delta), reasoning() {}, toolCall() {} },
  )
  return { ...result, deltas }
}

const user = (text: string): LanguageModelV4Prompt[number] => ({ role: 'user', content: [{ type: 'text', text }] })

test('answers with the last user message, word by word', async () => {
  const answer = await echo([
    { role: 'system', content: 'Be kind.' },
    user('first'),
    { role: 'assistant', content: [{ type: 'text', text: 'yes?' }] },
    user('  hello  big\nworld '),
  ])
  expect(answer).toMatchObject({
    content: [{ type: 'text', text: '  hello  big\nworld ' }],
    text: '  hello  big\nworld ',
    toolCalls: [],
    finishReason: 'stop',
    usage: { input_tokens: 7, output_tokens: 3, total_tokens: 10 },
    deltas: ['  ', 'hello  ', 'big\n', 'world '],
  })
})

test('says a long text in a few deltas', async () => {
  const text = Array.from({ length: 1000 }, (_, index) => `word${index}`).join(' ')
  const answer = await echo([user(text)])
  expect(answer.text).toBe(text)
  expect(answer.deltas.length).toBeLessThanOrEqual(16)
  expect(answer.deltas.join('')).toBe(text)
})

test('has nothing to say to an empty prompt', async () => {
  const answer = await echo([{ role: 'system', content: 'Be kind.' }])
  expect(answer).toMatchObject({ content: [], text: '', deltas: [], usage: { output_tokens: 0 } })
})

test('generates the same answer without a stream', async () => {
  const { content, usage } = await echoModel.doGenerate({ prompt: [user('good morning')] })
  expect(content).toEqual([{ type: 'text', text: 'good morning' }])
  expect(usage.outputTokens.total).toBe(2)
})
