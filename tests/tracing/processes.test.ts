import { describe, expect, test } from 'bun:test'
import { testsOfProcesses } from '../lifecycle/processes.ts'
import { getRun, startRun } from '../lifecycle/runs.ts'
import { makeWorld } from '../lifecycle/world.ts'
import { engines } from '../support/database.ts'
import { OtlpReceiver } from '../support/otlp/receiver.ts'
import type { Turn } from '../support/provider/turn.ts'

testsOfProcesses()

const callNote: Turn = { toolCalls: [{ id: 'call_note', name: 'note', input: { text: 'this' } }] }
const callWait: Turn = { toolCalls: [{ id: 'call_wait', name: 'wait', input: { text: 'that' } }] }
const answer: Turn = { text: 'Done.' }
const step = (name: string) => ({ name: 'step', parts: [{ name, parts: [] }] })

test('a run that another process executes is part of the trace of its request', async () => {
  await using receiver = new OtlpReceiver()
  await using world = await makeWorld('postgres')
  world.provider.script('assistant', [callNote, answer])
  const api = await world.start({ ...receiver.env, ROLES: 'api', OTEL_SERVICE_NAME: 'front' })
  const worker = await world.start({ ...receiver.env, ROLES: 'worker', OTEL_SERVICE_NAME: 'back' })
  const runId = await startRun(api)
  const { traceId } = await receiver.run(runId)
  const request = await receiver.span('POST /v1/runs')
  expect(receiver.tree(traceId)).toEqual({
    name: 'POST /v1/runs',
    parts: [
      {
        name: 'invoke_agent assistant',
        parts: [
          {
            name: 'attempt',
            parts: [step('chat assistant'), step('execute_tool note'), step('chat assistant')],
          },
        ],
      },
    ],
  })
  const madeBy = (name: string) => receiver.trace(traceId).find(span => span.name === name)?.resource
  expect(request.resource).toMatchObject({ 'service.name': 'front', 'process.pid': api.process.pid })
  for (const name of ['invoke_agent assistant', 'chat assistant']) {
    expect(madeBy(name)).toMatchObject({ 'service.name': 'back', 'process.pid': worker.process.pid })
  }
})

describe.each(engines)('a process on %s that is killed', engine => {
  test('leaves a trace in which the next one goes on, and that says what became of the first', async () => {
    await using receiver = new OtlpReceiver()
    await using world = await makeWorld(engine)
    world.provider.script('assistant', [callNote, callWait, answer])
    const first = await world.start(receiver.env)
    const runId = await startRun(first)
    const { traceId, id } = await receiver.span('POST /v1/runs')
    await world.tools.call('wait', 1)
    // What it had told of before: both model calls, the first of them stored, and the note.
    await receiver.until(() => receiver.trace(traceId).filter(({ name }) => name === 'step').length === 3)
    await first.stop('SIGKILL')
    world.tools.answerAtOnce()
    const second = await world.start(receiver.env)
    await receiver.run(runId)
    expect(await getRun(second, runId)).toMatchObject({ status: 'completed', attempt: 2 })
    await receiver.span('attempt', ({ attributes }) => attributes['error.type'] === 'worker_lost')

    const chat = step('chat assistant')
    expect(receiver.tree(traceId, id)).toEqual({
      name: 'POST /v1/runs',
      parts: [
        {
          name: 'invoke_agent assistant',
          parts: [
            { name: 'attempt', parts: [chat, step('execute_tool note'), chat] },
            { name: 'attempt', parts: [step('execute_tool wait'), chat] },
          ],
        },
      ],
    })
    const [lost, done] = receiver.trace(traceId).filter(({ name }) => name === 'attempt')
    expect(lost).toMatchObject({ error: 'The worker died or lost its lease.', attributes: { 'bunkhouse.attempt': 1 } })
    expect(done).toMatchObject({ error: null, attributes: { 'bunkhouse.attempt': 2 } })
    expect(done?.resource['process.pid']).toBe(second.process.pid)
  })
})
