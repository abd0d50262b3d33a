import { expect, test } from 'bun:test'
import type { Agent } from '../../src/console/page/api/operations.ts'
import { changesFrom, definitionOf } from '../../src/console/page/pages/agents/definition.ts'

const agent: Agent = {
  name: 'clerk',
  object: 'agent',
  source: 'api',
  version: 3,
  description: null,
  model: 'openai/gpt-5',
  instructions: 'Be kind.',
  tools: [
    { name: 'now', description: 'The time.', input_schema: {}, effect: 'none', timeout_seconds: 60, builtin: true },
    { name: 'look', description: 'Looks.', input_schema: {}, effect: 'none', timeout_seconds: 9, approval: null },
  ],
  max_steps: null,
  temperature: 0.5,
  max_output_tokens: null,
  created_at: '2026-11-23T23:39:29.228Z',
  updated_at: '2026-11-23T23:39:29.228Z',
}

test('a definition has what is set, as the API takes it', () => {
  const told: object = definitionOf(agent)
  expect(told).toEqual({
    model: 'openai/gpt-5',
    instructions: 'Be kind.',
    temperature: 0.5,
    tools: ['now', { name: 'look', description: 'Looks.', input_schema: {}, effect: 'none', timeout_seconds: 9 }],
  })
})

test('what is taken out of it is taken back', () => {
  const { tools: _, temperature, ...rest } = definitionOf(agent)
  expect(changesFrom(definitionOf(agent), { ...rest, max_steps: 5 })).toEqual({
    model: 'openai/gpt-5',
    instructions: 'Be kind.',
    tools: [],
    temperature: null,
    max_steps: 5,
  })
})
