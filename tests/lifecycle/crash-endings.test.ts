import { describe, expect, test } from 'bun:test'
import { engines } from '../support/database.ts'
import { readWhole } from './event-reader.ts'
import { testsOfProcesses } from './processes.ts'
import { expectNothingLeftOpen, getRun, startRun } from './runs.ts'
import { makeWorld } from './world.ts'

testsOfProcesses()

describe.each(engines)('after a kill on %s', engine => {
  test.concurrent('a run with no attempt left fails and says why', async () => {
    await using world = await makeWorld(engine)
    world.provider.script('assistant', [{ hang: 'headers' }])
    const first = await world.start()
    const runId = await startRun(first, { max_attempts: 1 })
    await world.provider.request('assistant', 1)
    await first.stop('SIGKILL')
    const second = await world.start()
    const frames = await readWhole(second, runId)
    expect(frames.at(-1)?.event).toBe('run.failed')
    expect(await getRun(second, runId)).toMatchObject({ status: 'failed', error: { code: 'worker_lost' }, attempt: 1 })
    expect(world.provider.requests('assistant')).toHaveLength(1)
    await expectNothingLeftOpen(world)
  })

  test.concurrent('the runs of a thread go on in their order, and none is said twice', async () => {
    await using world = await makeWorld(engine)
    world.provider.script('assistant', [{ text: 'lost', hang: 1 }])
    const first = await world.start()
    const created = await first.request('POST', '/v1/threads', {})
    // Safe: the API's own shape.
    const { id: threadId } = (await created.json()) as { id: string }
    const inputs = ['one', 'two', 'three']
    const runIds: string[] = []
    for (const input of inputs) runIds.push(await startRun(first, { input, thread_id: threadId }))
    const exchange = await world.provider.request('assistant', 1)
    await exchange.sent(1)
    await first.stop('SIGKILL')
    const second = await world.start()
    for (const runId of runIds) await readWhole(second, runId)
    const response = await second.request('GET', `/v1/threads/${threadId}/messages?limit=50`)
    const { data } = (await response.json()) as { data: { role: string; content: string }[] } // as above
    // The model answers with what it was asked.
    const said = inputs.flatMap(content => [
      { role: 'user', content },
      { role: 'assistant', content },
    ])
    expect(data.map(({ role, content }) => ({ role, content }))).toEqual(said)
    await expectNothingLeftOpen(world)
  })
})

test.concurrent('a run of a dead process on postgres can be cancelled by another one, and is not made again', async () => {
  await using world = await makeWorld('postgres')
  world.provider.script('assistant', [{ hang: 'headers' }])
  const first = await world.start()
  const runId = await startRun(first)
  await world.provider.request('assistant', 1)
  const second = await world.start()
  await first.stop('SIGKILL')
  expect((await second.request('POST', `/v1/runs/${runId}/cancel`)).status).toBe(200)
  const frames = await readWhole(second, runId)
  expect(frames.at(-1)?.event).toBe('run.cancelled')
  expect(await getRun(second, runId)).toMatchObject({ status: 'cancelled', attempt: 1 })
  expect(world.provider.requests('assistant')).toHaveLength(1)
  await expectNothingLeftOpen(world)
})
