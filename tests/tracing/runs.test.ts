import { describe, expect, test } from 'bun:test'
import { testsOfProcesses } from '../lifecycle/processes.ts'
import { getRun, shownRun, startRun } from '../lifecycle/runs.ts'
import { makeWorld } from '../lifecycle/world.ts'
import { engines } from '../support/database.ts'
import { OtlpReceiver } from '../support/otlp/receiver.ts'
import type { Turn } from '../support/provider/turn.ts'

testsOfProcesses()

const callNote: Turn = {
  text: 'I take a note. ',
  toolCalls: [{ id: 'call_note', name: 'note', input: { text: 'the milk' } }],
}
const answer: Turn = { text: 'It is written down.', usage: { input: 12, output: 5 } }
const incoming = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' }
const leaf = (name: string) => ({ name, parts: [] })

describe.each(engines)('a traced service on %s', engine => {
  test('tells of a request, its run, and the steps, model and tool calls of that', async () => {
    await using receiver = new OtlpReceiver()
    await using world = await makeWorld(engine)
    world.provider.script('assistant', [callNote, answer])
    const service = await world.start(receiver.env)
    const response = await service.request('POST', '/v1/runs/wait', { agent: 'assistant', input: 'Buy milk' })
    const run = await shownRun(response)
    expect(run).toMatchObject({ status: 'completed', output: 'It is written down.' })
    const { traceId } = await receiver.span('POST /v1/runs/wait')
    await receiver.run(run.id)

    const chat = { name: 'step', parts: [leaf('chat assistant')] }
    expect(receiver.tree(traceId)).toEqual({
      name: 'POST /v1/runs/wait',
      parts: [
        {
          name: 'invoke_agent assistant',
          parts: [{ name: 'attempt', parts: [chat, { name: 'step', parts: [leaf('execute_tool note')] }, chat] }],
        },
      ],
    })
    const named = (name: string) => receiver.trace(traceId).filter(span => span.name === name)
    const [request, whole, attempt] = ['POST /v1/runs/wait', 'invoke_agent assistant', 'attempt'].map(
      name => named(name)[0],
    )
    expect(request).toMatchObject({
      kind: 'server',
      scope: 'bunkhouse',
      resource: { 'service.name': 'bunkhouse', 'deployment.environment.name': 'development' },
      attributes: {
        'http.request.method': 'POST',
        'http.route': '/v1/runs/wait',
        'http.response.status_code': 200,
        'bunkhouse.request.id': response.headers.get('x-request-id') ?? '',
      },
    })
    expect(whole).toMatchObject({
      kind: 'internal',
      attributes: {
        'gen_ai.operation.name': 'invoke_agent',
        'gen_ai.agent.name': 'assistant',
        'bunkhouse.run.status': 'completed',
        'gen_ai.usage.output_tokens': expect.any(Number),
      },
    })
    expect(attempt).toMatchObject({ kind: 'consumer', attributes: { 'bunkhouse.attempt': 1 } })
    expect(named('chat assistant').at(-1)).toMatchObject({
      kind: 'client',
      error: null,
      attributes: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'fake',
        'gen_ai.request.model': 'assistant',
        'gen_ai.response.finish_reasons': ['stop'],
        'gen_ai.usage.input_tokens': 12,
        'gen_ai.usage.output_tokens': 5,
      },
    })
    expect(named('execute_tool note')[0]).toMatchObject({
      attributes: { 'gen_ai.tool.name': 'note', 'gen_ai.tool.call.id': 'call_note', 'gen_ai.tool.type': 'function' },
    })
    for (const span of receiver.trace(traceId)) expect(span.end).toBeGreaterThanOrEqual(span.start)

    // The provider is told where the trace goes on: below the call that it answers.
    const chats = named('chat assistant').map(span => `00-${traceId}-${span.id}-01`)
    const told = world.provider.requests('assistant').map(({ record }) => record.headers.traceparent)
    expect(told).toEqual(chats)

    // And so can the tool tell others.
    const [noted] = world.tools.calls('note')
    expect(noted?.traceparent).toBe(`00-${traceId}-${named('execute_tool note')[0]?.id}-01`)

    // Nobody has asked for what was said.
    const everything = JSON.stringify(receiver.spans, (_, value) => (typeof value === 'bigint' ? String(value) : value))
    for (const said of ['Buy milk', 'the milk', 'written down']) expect(everything).not.toContain(said)
    expect(await service.stop()).toBe(0)
    await service.said('"stopped"')
    for (const line of ['"run completed"', '"msg":"request"']) {
      const found = service
        .output()
        .split('\n')
        .find(each => each.includes(line))
      expect(found).toContain(`"trace_id":"${traceId}"`)
    }
  })

  test('goes on with the trace of its caller, through every attempt', async () => {
    await using receiver = new OtlpReceiver()
    await using world = await makeWorld(engine)
    const busy: Turn = { error: { status: 429, message: 'Slow down.', headers: { 'retry-after': '1' } } }
    world.provider.script('assistant', [callNote, busy, answer])
    const service = await world.start(receiver.env)
    const headers = { traceparent: `00-${incoming.traceId}-${incoming.spanId}-01`, tracestate: 'vendor=opaque' }
    const body = { agent: 'assistant', input: 'Buy milk' }
    const run = await shownRun(await service.request('POST', '/v1/runs', body, headers))
    const { traceId } = await receiver.run(run.id)
    expect(traceId).toBe(incoming.traceId)
    expect((await getRun(service, run.id)).attempt).toBe(2)

    const request = await receiver.span('POST /v1/runs')
    expect(request).toMatchObject({ parentId: incoming.spanId, state: 'vendor=opaque' })
    const chat = { name: 'step', parts: [leaf('chat assistant')] }
    const tool = { name: 'step', parts: [leaf('execute_tool note')] }
    expect(receiver.tree(traceId, request.id)).toEqual({
      name: 'POST /v1/runs',
      parts: [
        {
          name: 'invoke_agent assistant',
          parts: [
            { name: 'attempt', parts: [chat, tool, chat] },
            { name: 'attempt', parts: [chat] },
          ],
        },
      ],
    })
    const failed = receiver.trace(traceId).filter(span => span.error !== null)
    expect(failed.map(({ name, attributes }) => [name, attributes['error.type']])).toEqual([
      ['chat assistant', '429'],
      ['attempt', 'retry'],
    ])
    expect(world.provider.requests('assistant').at(-1)?.record.headers.tracestate).toBe('vendor=opaque')
  })

  test('says why a run failed, and nothing that is secret', async () => {
    await using receiver = new OtlpReceiver()
    await using world = await makeWorld(engine)
    const secret = 'planted-in-a-header-0123456789'
    world.provider.script('assistant', [{ error: { status: 400, message: `Wrong header ${secret}` } }])
    const headers = { OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${secret}` }
    const service = await world.start({ ...receiver.env, ...headers })
    const runId = await startRun(service)
    const whole = await receiver.run(runId)
    expect(whole.attributes).toMatchObject({ 'bunkhouse.run.status': 'failed', 'error.type': 'provider_error' })
    expect(whole.error).toContain('Wrong header')
    const told = JSON.stringify(receiver.spans, (_, value) => (typeof value === 'bigint' ? String(value) : value))
    expect(told).not.toContain(secret)
    expect(receiver.requests[0]?.headers.get('authorization')).toBe(`Bearer ${secret}`)
  })
})

test('prompts, answers and what tools are given are recorded where that is asked for', async () => {
  await using receiver = new OtlpReceiver()
  await using world = await makeWorld('sqlite')
  world.provider.script('assistant', [callNote, answer])
  const service = await world.start({ ...receiver.env, OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: 'true' })
  const runId = await startRun(service, { input: 'Buy milk, my password is hunter2hunter2' })
  const { traceId } = await receiver.run(runId)
  const [first, last] = receiver.trace(traceId).filter(({ name }) => name === 'chat assistant')
  const parsed = (value: unknown) => JSON.parse(String(value))
  expect(parsed(last?.attributes['gen_ai.input.messages'])).toEqual([
    { role: 'user', parts: [{ type: 'text', content: expect.stringContaining('Buy milk') }] },
    {
      role: 'assistant',
      parts: [
        { type: 'text', content: 'I take a note. ' },
        { type: 'tool_call', id: 'call_note', name: 'note', arguments: { text: 'the milk' } },
      ],
    },
    {
      role: 'tool',
      parts: [{ type: 'tool_call_response', id: 'call_note', response: { type: 'text', value: 'noted the milk' } }],
    },
  ])
  expect(parsed(last?.attributes['gen_ai.output.messages'])).toEqual([
    { role: 'assistant', parts: [{ type: 'text', content: 'It is written down.' }], finish_reason: 'stop' },
  ])
  expect(first?.attributes['gen_ai.output.messages']).toContain('the milk')
  const tool = receiver.trace(traceId).find(({ name }) => name === 'execute_tool note')
  expect(tool?.attributes).toMatchObject({
    'gen_ai.tool.call.arguments': expect.stringContaining('the milk'),
    'gen_ai.tool.call.result': JSON.stringify('noted the milk'),
  })
})
