import { describe, expect, test } from 'bun:test'
import { validateAgent } from './validate.ts'

const agent = (more: Record<string, unknown> = {}) => ({ name: 'support', model: 'openai/gpt-5-mini', ...more })
const tool = (more: Record<string, unknown> = {}) => ({
  name: 'look_up',
  description: '',
  input: { type: 'object' },
  run: () => null,
  ...more,
})
const withTool = (more: Record<string, unknown>) => agent({ tools: [tool(more)] })

const schedule = (more: Record<string, unknown> = {}) => ({ name: 'nightly', cron: '0 3 * * *', input: 'go', ...more })
const withSchedule = (more: Record<string, unknown>) => agent({ schedules: [schedule(more)] })

const problemsOf = (value: unknown): string[] => {
  const checked = validateAgent(value)
  return checked.ok ? [] : checked.problems.map(problem => problem.message)
}

const model = { specificationVersion: 'v4', provider: 'own', modelId: 'm', doStream: () => undefined }

describe('accepts', () => {
  test.each<[string, unknown]>([
    ['the least an agent can be', agent()],
    ['a model with slashes in its name', agent({ model: 'openrouter/meta-llama/llama-4:free' })],
    ['a model object', agent({ model })],
    ['a temperature of 0', agent({ temperature: 0 })],
    ['an optional key that is undefined', agent({ temperature: undefined, tools: undefined })],
    [
      'everything there is',
      agent({
        description: 'd',
        instructions: '',
        tools: [tool({ effect: 'once', timeoutSeconds: 0.5 }), tool({ name: 'Other-1' })],
        maxSteps: 1,
        temperature: 1.2,
        maxOutputTokens: 10,
        schedules: [
          schedule({
            timezone: 'Asia/Kolkata',
            startAt: '2026-01-01T00:00:00Z',
            jitterSeconds: 0,
            catchUp: 'all',
            catchUpLimit: 5,
            overlap: 'queue',
            metadata: { a: 1 },
          }),
          { name: 'once', at: '2026-01-01T09:00:00', input: [{ role: 'user', content: 'go' }] },
        ],
      }),
    ],
  ])('%s', (_what, value) => {
    expect(problemsOf(value)).toEqual([])
  })
})

describe('refuses', () => {
  test.each<[string, unknown, string]>([
    ['something else than an object', 'support', 'an agent must be an object made by defineAgent, not "support"'],
    ['a promise', Promise.resolve(agent()), 'name is missing'],
    ['a function', () => agent(), 'an agent must be an object made by defineAgent, not a function'],
    ['no name', { model: 'a/b' }, 'name is missing'],
    ['no model', { name: 'a' }, 'model is missing'],
    ['a name with capitals', agent({ name: 'Support' }), 'start with a letter or digit, not "Support"'],
    ['a name that starts with a dash', agent({ name: '-a' }), 'name must be 1–64'],
    ['a name of 65 letters', agent({ name: 'a'.repeat(65) }), 'name must be 1–64'],
    ['a model without a provider', agent({ model: 'gpt-5-mini' }), 'model must be "provider/model"'],
    ['a model object of another version', agent({ model: { ...model, specificationVersion: 'v2' } }), 'v4'],
    ['instructions that are no text', agent({ instructions: ['a'] }), 'instructions must be a string, not an array'],
    ['half a step', agent({ maxSteps: 1.5 }), 'maxSteps must be a positive whole number, not 1.5'],
    ['no steps', agent({ maxSteps: 0 }), 'maxSteps must be a positive whole number, not 0'],
    ['a negative temperature', agent({ temperature: -1 }), 'temperature must be a number, 0 or more, not -1'],
    ['a temperature that is text', agent({ temperature: '1' }), 'temperature must be a number, 0 or more, not "1"'],
    ['no number', agent({ maxOutputTokens: Number.NaN }), 'maxOutputTokens must be a positive whole number, not NaN'],
    ['tools that are no list', agent({ tools: {} }), 'tools must be an array of tools, not an object'],
    [
      'a tool that is none',
      agent({ tools: ['x'] }),
      'tools[0] must be an object made by defineTool, or the name of one of now,',
    ],
    ['a tool without a name', withTool({ name: undefined }), 'tools[0]: name is missing'],
    ['a tool name with a space', withTool({ name: 'look up' }), 'tool "look up": name must be 1–64 letters'],
    ['a tool without a function', withTool({ run: 'x' }), 'tool "look_up": run must be a function, not "x"'],
    ['an unknown effect', withTool({ effect: 'twice' }), 'effect must be "none", "idempotent" or "once", not "twice"'],
    ['no time at all', withTool({ timeoutSeconds: 0 }), 'timeoutSeconds must be a number above 0 and at most 86400'],
    ['endless time', withTool({ timeoutSeconds: Infinity }), 'timeoutSeconds must be a number above 0'],
    ['an input that is no schema', withTool({ input: 'string' }), 'input must be a JSON Schema object or a Standard'],
    ['two tools of one name', agent({ tools: [tool(), tool()] }), 'two tools are named "look_up"'],
  ])('%s', (_what, value, message) => {
    expect(problemsOf(value).join('\n')).toContain(message)
  })

  test.each<[string, unknown, string]>([
    [
      'a schedule without a name',
      agent({ schedules: [{ cron: '@daily', input: 'x' }] }),
      'schedules[0]: name is missing',
    ],
    ['a schedule without an input', withSchedule({ input: undefined }), 'schedule "nightly": input is missing'],
    ['two schedules of one name', agent({ schedules: [schedule(), schedule()] }), 'two schedules are named "nightly"'],
    ['a text for schedules', agent({ schedules: '@daily' }), 'schedules must be an array of schedules, not "@daily"'],
    ['an unknown policy', withSchedule({ overlap: 'wait' }), 'must be "allow", "skip", "queue" or "cancel_previous"'],
    ['a key of another library', withSchedule({ tz: 'UTC' }), 'unknown key "tz"; did you mean "timezone"?'],
  ])('%s', (_what, value, problem) => {
    expect(problemsOf(value).join('; ')).toContain(problem)
  })

  test('an unknown key, with the one that was likely meant', () => {
    expect(problemsOf(agent({ instuctions: 'x' }))).toEqual(['unknown key "instuctions"; did you mean "instructions"?'])
    expect(problemsOf(agent({ max_steps: 3 }))).toEqual(['unknown key "max_steps"; did you mean "maxSteps"?'])
    expect(problemsOf(agent({ system: 'x' }))).toEqual(['unknown key "system"; did you mean "instructions"?'])
    expect(problemsOf(withTool({ execute: 1 }))).toEqual(['tool "look_up": unknown key "execute"; did you mean "run"?'])
    expect(problemsOf(agent({ colour: 1 }))).toEqual([
      'unknown key "colour"; known are name, description, model, fallbackModels, instructions, tools, mcp, maxSteps, temperature, topP, maxOutputTokens, stop, toolChoice, output, budget, history, memory, agents, promptCache, schedules',
    ])
    expect(problemsOf(agent({ constructor: 1 }))).toHaveLength(1)
  })

  test('with every problem at once', () => {
    expect(problemsOf({ model: 'x', maxSteps: 'y', tools: [{}] })).toHaveLength(7)
  })
})
