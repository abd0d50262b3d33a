import { describe, expect, test } from 'bun:test'
import { engines } from '../support/database.ts'
import type { Turn } from '../support/provider/turn.ts'
import type { Service } from '../support/service.ts'
import { EventReader, isTerminal, readWhole } from './event-reader.ts'
import { testsOfProcesses } from './processes.ts'
import { expectNothingLeftOpen, getRun, startRun } from './runs.ts'
import { numbersOf, story } from './story.ts'
import { makeWorld, type World } from './world.ts'

testsOfProcesses()

const note = { id: 'call_note', name: 'note', input: { text: 'this' } }
const wait = { id: 'call_wait', name: 'wait', input: { text: 'that' } }
const takeNote: Turn = { text: 'I take a note. ', toolCalls: [note] }
const waitAndNote: Turn = { toolCalls: [wait, note] }
const waitOnly: Turn = { toolCalls: [wait] }
const answer: Turn = { text: ['All ', 'is ', 'well.'] }
const tooBusy: Turn = { error: { status: 429, message: 'Slow down.', headers: { 'retry-after': '1' } } }

interface CrashPoint {
  name: string
  /** What the provider says to one call of the model after the other, the lost ones too. */
  turns: Turn[]
  /** Resolves when the process is where it is to be killed. */
  reached(world: World, reader: EventReader): Promise<unknown>
  /** How often each has been asked for in the end. */
  calls: { model: number; note: number; wait: number | [number, number] }
  /** What the provider says to a run that nobody kills. */
  uninterrupted: Turn[]
}

const points: CrashPoint[] = [
  {
    name: 'in a model call, before its first byte',
    turns: [takeNote, { hang: 'headers' }, answer],
    reached: ({ provider }) => provider.request('assistant', 2),
    calls: { model: 3, note: 1, wait: 0 },
    uninterrupted: [takeNote, answer],
  },
  {
    name: 'in mid-stream, with a reader attached',
    turns: [takeNote, { ...answer, hold: true }, answer],
    async reached({ provider }, reader) {
      const exchange = await provider.request('assistant', 2)
      exchange.release(2)
      await reader.until(() => reader.text(3) === 'All is ')
    },
    calls: { model: 3, note: 1, wait: 0 },
    uninterrupted: [takeNote, answer],
  },
  {
    name: 'in a tool call, after another one beside it has finished',
    turns: [waitAndNote, answer],
    async reached({ tools }, reader) {
      await tools.call('wait', 1)
      await reader.until(({ event, data }) => event === 'tool.result' && data.includes('call_note'))
    },
    calls: { model: 2, note: 1, wait: 2 },
    uninterrupted: [waitAndNote, answer],
  },
  {
    name: 'between two steps',
    turns: [waitOnly, answer],
    reached: (_world, reader) => reader.until(({ event }) => event === 'step.completed'),
    calls: { model: 2, note: 0, wait: [1, 2] },
    uninterrupted: [waitOnly, answer],
  },
  {
    name: 'between two attempts',
    turns: [takeNote, tooBusy, answer],
    reached: (_world, reader) => reader.until(({ event }) => event === 'run.retrying'),
    calls: { model: 3, note: 1, wait: 0 },
    uninterrupted: [takeNote, answer],
  },
]

describe.each(engines)('a process on %s that is killed', engine => {
  test.concurrent.each(points)('$name loses nothing and repeats no finished step', async point => {
    await using world = await makeWorld(engine)
    world.provider.script('assistant', point.turns)
    const first = await world.start()
    const runId = await startRun(first)
    const reader = new EventReader(runId)
    const connection = await reader.connect(first)
    await point.reached(world, reader)
    await first.stop('SIGKILL')
    expect(await connection.over).toBe('broken')

    world.tools.answerAtOnce()
    const second = await world.start()
    const resumed = await reader.connect(second)
    await reader.until(isTerminal)
    expect(await resumed.over).toBe('ended')

    const { received, intact } = numbersOf(reader.frames)
    expect(received).toEqual(intact)
    expect(reader.frames).toEqual(await readWhole(second, runId))
    expect(reader.frames.filter(isTerminal)).toHaveLength(1)
    expect(await getRun(second, runId)).toMatchObject({ status: 'completed', output: 'All is well.', attempt: 2 })
    expectCalls(world, point)
    await expectNothingLeftOpen(world)
    expect(story(reader.frames)).toEqual(await uninterruptedStory(world, second, point))
  })
})

describe('two replicas on postgres', () => {
  test.concurrent('the other one takes over within the lease, and its readers see one whole story', async () => {
    const [, point] = points
    if (!point) throw new Error('unreachable')
    await using world = await makeWorld('postgres')
    world.provider.script('assistant', point.turns)
    const first = await world.start()
    const runId = await startRun(first)
    const second = await world.start()
    const reader = new EventReader(runId)
    const { over } = await reader.connect(second)
    await point.reached(world, reader)
    const killedAt = performance.now()
    await first.stop('SIGKILL')
    await reader.until(({ event }) => event === 'run.retrying')
    // The lease, the pause between two sweeps, and what a busy machine may take.
    expect(performance.now() - killedAt).toBeLessThan(5_000 + 5_000 / 3 + 10_000)
    expect(await over).toBe('ended')
    expect(reader.frames).toEqual(await readWhole(second, runId))
    expectCalls(world, point)
    await expectNothingLeftOpen(world)
    expect(story(reader.frames)).toEqual(await uninterruptedStory(world, second, point))
  })
})

async function uninterruptedStory(world: World, service: Service, { uninterrupted }: CrashPoint): Promise<string[]> {
  world.provider.script('assistant', uninterrupted)
  return story(await readWhole(service, await startRun(service)))
}

function expectCalls({ provider, tools }: World, { calls }: CrashPoint): void {
  expect(provider.requests('assistant')).toHaveLength(calls.model)
  expect(tools.calls('note')).toHaveLength(calls.note)
  const [least, most] = typeof calls.wait === 'number' ? [calls.wait, calls.wait] : calls.wait
  const waits = tools.calls('wait')
  expect(waits.length).toBeWithin(least, most + 1)
  // Whoever is called twice can tell by the key.
  expect(new Set(waits.map(({ idempotencyKey }) => idempotencyKey)).size).toBeLessThanOrEqual(1)
}
