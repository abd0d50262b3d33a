import { expect, test } from 'bun:test'
import weather from '../../tests/support/agents/weather.ts'
import { agentDigest, agentRecord } from './record.ts'
import { type LoadedTool, loadTool } from './tools/tool.ts'

const tools = new Map<string, LoadedTool>()
for (const tool of weather.tools ?? []) {
  if (typeof tool !== 'string') tools.set(tool.name, await loadTool(tool))
}

test('a record holds all that makes a version, with null for what is left out', () => {
  const record = agentRecord(weather, tools)
  expect(record).toEqual({
    name: 'weather',
    description: null,
    model: 'openai/gpt-5-mini',
    instructions: 'Answer in one sentence.',
    tools: [
      {
        name: 'forecast',
        description: 'The weather of the coming days',
        input_schema: expect.objectContaining({ type: 'object', required: ['city'] }),
        effect: 'idempotent',
        timeout_seconds: 5,
      },
      {
        name: 'note',
        description: 'Writes something down',
        input_schema: expect.objectContaining({ required: ['text'] }),
        effect: 'none',
        timeout_seconds: 60,
      },
    ],
    max_steps: 4,
    temperature: null,
    max_output_tokens: null,
  })
  expect(JSON.parse(JSON.stringify(record))).toEqual(record)
})

test('the digest of a record does not depend on the order of its keys', () => {
  const record = agentRecord(weather, tools)
  const reversed = Object.fromEntries(Object.entries(record).reverse())
  expect(agentDigest({ ...record, ...reversed })).toBe(agentDigest(record))
  // Safe: the same entries in another order.
  expect(agentDigest(reversed as typeof record)).toBe(agentDigest(record))
})

test.each([
  ['name', { name: 'other' }],
  ['model', { model: 'openai/gpt-5' }],
  ['instructions', { instructions: 'Answer at length.' }],
  ['description', { description: '' }],
  ['limit of steps', { maxSteps: 5 }],
  ['temperature', { temperature: 0 }],
  ['output limit', { maxOutputTokens: 100 }],
])('the digest changes with the %s', (_what, change) => {
  const digest = agentDigest(agentRecord(weather, tools))
  expect(agentDigest(agentRecord({ ...weather, ...change }, tools))).not.toBe(digest)
})

test('the digest changes with a tool', async () => {
  const [forecast, note] = [...tools.values()]
  if (forecast === undefined || note === undefined) throw new Error('the fixture has two tools')
  const digestWith = (changed: LoadedTool): string =>
    agentDigest(agentRecord(weather, new Map([...tools, [changed.name, changed]])))
  const digests = [
    digestWith(note),
    digestWith({ ...note, description: 'other' }),
    digestWith({ ...note, effect: 'once' }),
    digestWith({ ...note, schema: forecast.schema }),
  ]
  expect(new Set(digests).size).toBe(4)
})
