import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type FakeProvider, startFakeProvider } from '../../tests/support/provider/server.ts'
import type { Turn } from '../../tests/support/provider/turn.ts'
import type { ToolContext } from './define.ts'
import { ModelFailed } from './model-failed.ts'
import { StepLimitReached } from './model-step.ts'
import { ModelCircuits } from './models/circuits.ts'
import type { ModelPrice } from './models/prices.ts'
import { createModels } from './models/registry.ts'
import type { FinishedStep, StepEvent } from './step.ts'
import { runSteps, type StepLoopInput } from './step-loop.ts'
import { loadTool } from './tools/tool.ts'

let provider: FakeProvider
beforeAll(async () => {
  provider = await startFakeProvider()
})
afterAll(() => provider.stop())

/** Keeps what is appended, and what of it somebody waited for. */
class MemoryLog {
  readonly events: StepEvent[] = []
  readonly durableAt: number[] = []
  text = () => {}
  reasoning = () => {}
  append(event: StepEvent): void {
    this.events.push(event)
  }
  async durable(): Promise<void> {
    this.durableAt.push(this.events.length)
  }
  types(): string[] {
    return this.events.map(({ type, data }) => ('step' in data ? `${type} ${data.step}` : type))
  }
}

interface Scene {
  turns: Turn[]
  finished?: FinishedStep[]
  maxSteps?: number
  price?: ModelPrice | null
  tool?(input: unknown, context: ToolContext): unknown
}

let models = 0

async function play({ turns, finished = [], maxSteps = 8, price = null, tool = () => 'done' }: Scene) {
  const name = `model-${++models}`
  provider.script(name, turns)
  const registry = createModels([{ name: 'fake', protocol: 'openai-chat', baseUrl: provider.baseUrl, apiKey: 'key-1' }])
  const log = new MemoryLog()
  const seen: { input: unknown; key: string }[] = []
  const loaded = await loadTool({
    name: 'act',
    description: 'Acts.',
    input: { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'], additionalProperties: false },
    run: (input, context) => {
      seen.push({ input, key: context.idempotencyKey })
      return tool(input, context) as string
    },
  })
  const input: StepLoopInput = {
    agent: {
      name: 'tester',
      version: 1,
      model: `fake/${name}`,
      instructions: undefined,
      tools: new Map([['act', loaded]]),
      mcp: [],
      maxSteps,
      fallbackModels: [],
      settings: {},
      outputSchema: undefined,
      budget: undefined,
      history: {},
      memory: undefined,
      agents: [],
      promptCache: false,
    },
    models: [{ model: `fake/${name}`, price, open: () => registry.get(`fake/${name}`) }],
    circuits: new ModelCircuits({ now: Date.now, emit: () => {} }),
    conversation: [{ role: 'user', content: 'go' }],
    finished,
    history: new Map(),
    output: null,
    callerTools: new Map(),
    meter: null,
    note: () => {},
    run: { runId: 'run_1', threadId: null, tenantId: 'default', agent: 'tester', metadata: {}, memory: null },
    refuseCall: async () => null,
    log,
    signal: new AbortController().signal,
    idleTimeoutMs: 10_000,
    emit: () => {},
  }
  return { log, seen, requests: () => provider.requests(name), output: runSteps(input) }
}

const call = (n: number, id: string) => ({ name: 'act', input: { n }, id })

describe('the step loop', () => {
  test('answers with the text of the step that asked for no tool', async () => {
    const { output, log } = await play({ turns: [{ text: ['Hel', 'lo'] }] })
    expect(await output).toBe('Hello')
    expect(log.types()).toEqual(['step.started 1', 'step.completed 1'])
  })

  test('has a model step on disk before its tools run, and their results before the next call', async () => {
    const { output, log } = await play({ turns: [{ toolCalls: [call(1, 'a')] }, { text: 'ok' }] })
    expect(await output).toBe('ok')
    expect(log.types()).toEqual([
      'step.started 1',
      'tool.call 1',
      'step.completed 1',
      'step.started 2',
      'tool.result 2',
      'step.completed 2',
      'step.started 3',
      'step.completed 3',
    ])
    expect(log.durableAt).toEqual([3, 6])
  })

  test('runs only the calls without a result, under the numbers and keys of the first attempt', async () => {
    const turns = [{ toolCalls: [call(1, 'a'), call(2, 'b'), call(3, 'c')] }, { text: 'ok' }]
    const first = await play({ turns })
    await first.output
    const results = first.log.events.flatMap(({ type, data }) => (type === 'tool.result' ? [data] : []))
    const model = first.log.events.flatMap(({ type, data }) =>
      type === 'step.completed' && data.kind === 'model' && data.step === 1 ? [data] : [],
    )
    const middle = results.find(result => result.tool_call_id === 'b')
    if (!middle) throw new Error('no result for b')
    const second = await play({ turns: [{ text: 'ok' }], finished: [...model, { ...middle, kind: 'tool' }] })
    expect(await second.output).toBe('ok')
    expect(second.seen.map(({ input }) => input)).toEqual([{ n: 1 }, { n: 3 }])
    expect(second.seen.map(({ key }) => key)).toEqual([0, 2].map(at => first.seen[at]?.key ?? ''))
    expect(second.log.types()).toContain('tool.result 2')
    expect(second.log.types()).toContain('tool.result 4')
    expect(second.log.types()).toContain('step.started 5')
    expect(second.requests()).toHaveLength(1)
  })

  test('tells the model what was wrong with a call, and goes on', async () => {
    const calls = [
      { name: 'act', input: { n: 'two' }, id: 'a' },
      { name: 'act', input: '{"n":', id: 'b' },
      { name: 'missing', id: 'c' },
      call(4, 'd'),
    ]
    const { output, log } = await play({
      turns: [{ toolCalls: calls }, { text: 'ok' }],
      tool: () => {
        throw new Error('the shop is closed')
      },
    })
    expect(await output).toBe('ok')
    const told = log.events.flatMap(({ type, data }) => (type === 'tool.result' ? [data] : []))
    expect(told.map(({ is_error }) => is_error)).toEqual([true, true, true, true])
    const said = new Map(told.map(result => [result.tool_call_id, String(result.output)]))
    expect(said.get('a')).toContain('integer')
    expect(said.get('b')).toContain('not valid JSON')
    expect(said.get('c')).toContain('no tool "missing"')
    expect(said.get('d')).toContain('the shop is closed')
  })

  test('gives two calls of the same id in different steps different idempotency keys', async () => {
    const turns = [{ toolCalls: [call(1, 'same')] }, { toolCalls: [call(1, 'same')] }, { text: 'ok' }]
    const { output, seen } = await play({ turns })
    await output
    expect(new Set(seen.map(({ key }) => key)).size).toBe(2)
  })

  test('stops at the limit of model calls', async () => {
    const { output } = await play({ turns: Array(5).fill({ toolCalls: [call(1, 'a')] }), maxSteps: 3 })
    expect(output).rejects.toBeInstanceOf(StepLimitReached)
    await output.catch(() => {})
  })

  test('says of a refusal what the provider said', async () => {
    const { output } = await play({ turns: [{ error: { status: 400, message: 'no such model' } }] })
    const error = await output.catch(reason => reason)
    expect(error).toBeInstanceOf(ModelFailed)
    expect(error.failure).toMatchObject({ retryable: false, message: 'no such model' })
  })
})
