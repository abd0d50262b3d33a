import { describe, expect, test } from 'bun:test'
import { z } from 'zod'
import { defineTool, type ToolContext, type ToolDefinition } from '../define.ts'
import { parseToolInput, shownToolInput } from './input.ts'
import { type RunToolContext, runTool, type ToolOutcome, toolIdempotencyKey } from './run.ts'
import { loadTool } from './tool.ts'

type Run = (input: Record<string, unknown>, context: ToolContext) => unknown

const context = (more: Partial<RunToolContext> = {}): RunToolContext => ({
  runId: 'run_1',
  threadId: 'thr_1',
  tenantId: 'default',
  agent: 'tester',
  metadata: {},
  memory: null,
  step: 2,
  signal: new AbortController().signal,
  answer: null,
  log: () => {},
  progress: () => {},
  once: async (_key, make) => make(),
  ...more,
})

const tool = (run: Run, more: Partial<ToolDefinition> = {}) =>
  loadTool({
    name: 'look_up',
    description: 'Looks up',
    input: { type: 'object', properties: { city: { type: 'string' } } },
    // Safe: a tool written in JavaScript may return anything, and that is what is tested here.
    run: run as ToolDefinition['run'],
    ...more,
  })

const call = async (run: Run, more: Partial<RunToolContext> = {}, input: unknown = {}): Promise<ToolOutcome> =>
  runTool(await tool(run), { toolCallId: 'call_1', input }, context(more))

const never = (): Promise<never> => new Promise(() => undefined)

/** What a tool waits for that is aborted; rejects as fetch does. */
const untilAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted by signal'))))

describe('what a tool returns', () => {
  test.each<[string, unknown, unknown]>([
    ['a string', 'sunny', 'sunny'],
    ['JSON', { days: [1, null, { sun: true }] }, { days: [1, null, { sun: true }] }],
    ['nothing', undefined, null],
    ['null', null, null],
    ['an empty string', '', ''],
    ['a date inside, as JSON writes it', { at: new Date(0) }, { at: '1970-01-01T00:00:00.000Z' }],
    ['an undefined property, which JSON leaves out', { a: undefined, b: 1 }, { b: 1 }],
  ])('may be %s', async (_what, returned, output) => {
    const outcome = await call(() => returned)
    expect(outcome).toStrictEqual({ ok: true, output } as ToolOutcome)
  })

  test.each<[string, () => unknown, string]>([
    ['a big integer', () => 1n, 'something that JSON cannot hold'],
    ['a function', () => () => 1, 'a function, which JSON cannot hold'],
    ['a map', () => new Map(), 'a Map, which JSON cannot hold'],
    ['a Response', () => new Response('x'), 'it must return its text or its JSON'],
    ['a stream', () => new Response('x').body, 'a ReadableStream, which JSON cannot hold'],
  ])('cannot be %s', async (_what, returned, message) => {
    const outcome = await call(returned)
    expect(outcome).toMatchObject({ ok: false, kind: 'failed', message: expect.stringContaining(message) })
  })

  test('cannot be an object that holds itself', async () => {
    const loop: { self?: unknown } = {}
    loop.self = loop
    expect(await call(() => loop)).toMatchObject({ ok: false, kind: 'failed' })
  })

  test('may be as large as the limit in bytes of JSON, and no larger', async () => {
    expect(await call(() => 'éé', { outputLimitBytes: 6 })).toEqual({ ok: true, output: 'éé' })
    expect(await call(() => 'ééé', { outputLimitBytes: 6 })).toEqual({
      ok: false,
      kind: 'failed',
      message: 'The tool returned 8 bytes of JSON; the limit is 6 bytes.',
    })
    expect(await call(() => 'x'.repeat(256 * 1024 - 1))).toMatchObject({
      message: 'The tool returned 262145 bytes of JSON; the limit is 262144 bytes.',
    })
  })
})

describe('input', () => {
  test('reaches the tool as its schema made it', async () => {
    const typed = await loadTool(
      defineTool({
        name: 'typed',
        description: '',
        input: z.object({ city: z.string(), days: z.number().default(3) }),
        run: ({ city, days }) => `${city}/${days}`,
      }),
    )
    expect(await runTool(typed, { toolCallId: 'c', input: { city: 'Oslo' } }, context())).toEqual({
      ok: true,
      output: 'Oslo/3',
    })
  })

  test('that does not fit is refused with its places, and the tool does not run', async () => {
    let ran = false
    const outcome = await call(() => (ran = true), {}, { city: 7 })
    expect(outcome).toEqual({
      ok: false,
      kind: 'invalid_input',
      message: 'The input of tool "look_up" was refused: /city must be string',
    })
    expect(ran).toBe(false)
  })

  test('that is no JSON is refused with the reason', async () => {
    expect(await call(() => 'ran', {}, parseToolInput('{"city": '))).toMatchObject({
      ok: false,
      kind: 'invalid_input',
      message: expect.stringContaining('it is not valid JSON ('),
    })
  })

  test('of no text at all means no arguments', async () => {
    expect(parseToolInput('')).toEqual({})
    expect(parseToolInput('{"a":1}')).toEqual({ a: 1 })
    expect(shownToolInput('{"a":')).toBe('{"a":')
  })

  test('with very many faults is refused with the first ten', async () => {
    const numbers = await tool(() => 'ran', {
      input: { type: 'object', additionalProperties: { type: 'number' } },
    })
    const input = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`k${index}`, 'x']))
    const outcome = await runTool(numbers, { toolCallId: 'c', input }, context())
    expect(outcome).toMatchObject({ message: expect.stringMatching(/\/k9 must be number; and 40 more$/) })
  })

  test('whose check throws fails the call', async () => {
    const input = z.object({
      city: z.string().refine(() => {
        throw new Error('no database')
      }),
    })
    const broken = await tool(() => 'ran', { input })
    expect(await runTool(broken, { toolCallId: 'c', input: { city: 'x' } }, context())).toEqual({
      ok: false,
      kind: 'failed',
      message: 'no database',
    })
  })
})

describe('a tool that throws', () => {
  test.each<[string, unknown, string]>([
    ['an error', new TypeError('no such city'), 'no such city'],
    ['an error without a message', new RangeError(), 'RangeError'],
    ['a string', 'gone', 'gone'],
    ['an object', { code: 7 }, '{"code":7}'],
    ['nothing', undefined, 'undefined'],
    ['something that cannot be shown', { toJSON: () => 1n }, 'an unknown error'],
  ])('%s gives its message without a stack', async (_what, thrown, message) => {
    const outcome = await call(() => {
      throw thrown
    })
    expect(outcome).toEqual({ ok: false, kind: 'failed', message })
  })

  test('a very long message has it cut', async () => {
    const outcome = await call(async () => {
      throw new Error('x'.repeat(100_000))
    })
    expect(outcome.ok ? '' : outcome.message).toHaveLength(4_001)
  })
})

describe('when the time is up', () => {
  test('a tool that ignores its signal is given up', async () => {
    const slow = await tool(never, { timeoutSeconds: 0.01 })
    expect(await runTool(slow, { toolCallId: 'c', input: {} }, context())).toEqual({
      ok: false,
      kind: 'timeout',
      message: 'Tool "look_up" did not finish within 0.01 s.',
    })
  })

  test('a tool that heeds its signal is told so, and what it throws then does not matter', async () => {
    let reason: unknown
    const slow = await tool(
      async (_input, { signal }) => {
        try {
          return await untilAborted(signal)
        } finally {
          reason = signal.reason
        }
      },
      { timeoutSeconds: 0.01 },
    )
    expect(await runTool(slow, { toolCallId: 'c', input: {} }, context())).toMatchObject({ kind: 'timeout' })
    expect(reason).toMatchObject({ name: 'TimeoutError' })
  })

  test('a check that takes too long is given up, and the tool is never started', async () => {
    let ran = false
    const checked = Promise.withResolvers<boolean>()
    const input = z.object({ city: z.string().refine(() => checked.promise) })
    const slow = await tool(() => (ran = true), { input, timeoutSeconds: 0.01 })
    expect(await runTool(slow, { toolCallId: 'c', input: { city: 'x' } }, context())).toMatchObject({ kind: 'timeout' })
    checked.resolve(true)
    await new Promise(setImmediate)
    expect(ran).toBe(false)
  })
})

describe('when the caller aborts', () => {
  test('its reason is thrown at once, though the tool ignores its signal', async () => {
    const caller = new AbortController()
    const reason = new Error('run cancelled')
    const pending = call(
      () => {
        queueMicrotask(() => caller.abort(reason))
        return never()
      },
      { signal: caller.signal },
    )
    expect(await pending.catch((error: unknown) => error)).toBe(reason)
  })

  test('its reason is thrown rather than what the tool makes of the abort', async () => {
    const caller = new AbortController()
    const pending = call(
      (_input, { signal }) => {
        queueMicrotask(() => caller.abort('shutting down'))
        return untilAborted(signal)
      },
      { signal: caller.signal },
    )
    expect(await pending.catch((error: unknown) => error)).toBe('shutting down')
  })

  test('beforehand, the tool does not run', async () => {
    let ran = false
    const pending = call(() => (ran = true), { signal: AbortSignal.abort('too late') })
    expect(await pending.catch((error: unknown) => error)).toBe('too late')
    expect(ran).toBe(false)
  })
})

describe('the context of a tool', () => {
  test('names the run, the thread and the call', async () => {
    let seen: ToolContext | undefined
    await call((_input, given) => {
      seen = given
    })
    expect(seen).toMatchObject({ runId: 'run_1', threadId: 'thr_1', toolCallId: 'call_1' })
    expect(seen?.idempotencyKey).toBe(toolIdempotencyKey('run_1', 2, 'call_1'))
    expect(seen?.signal.aborted).toBe(false)
  })

  test('has a key that is the same for every try of a call and differs between calls', () => {
    expect(toolIdempotencyKey('run_1', 2, 'call_1')).toBe(toolIdempotencyKey('run_1', 2, 'call_1'))
    expect(toolIdempotencyKey('run_1', 2, 'call_1')).toMatch(/^[0-9a-f]{64}$/)
    expect(toolIdempotencyKey('run_1', 2, 'call_2')).not.toBe(toolIdempotencyKey('run_1', 2, 'call_1'))
    expect(toolIdempotencyKey('run_1', 4, 'call_1')).not.toBe(toolIdempotencyKey('run_1', 2, 'call_1'))
  })

  test('leaves `this` of a tool that is an object with state', async () => {
    const counter = {
      count: 0,
      name: 'counter',
      description: '',
      input: { type: 'object' },
      run() {
        this.count += 1
        return this.count
      },
    }
    const loaded = await loadTool(counter)
    expect(await runTool(loaded, { toolCallId: 'c', input: {} }, context())).toEqual({ ok: true, output: 1 })
  })
})

test('a tool whose schema cannot be used is refused by its name', async () => {
  await expect(tool(() => 1, { input: { type: 'string' } })).rejects.toThrow(
    'tool "look_up": its input schema must have',
  )
})
