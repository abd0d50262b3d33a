import { describe, expect, test } from 'bun:test'
import { engines } from '../support/database.ts'
import type { Service } from '../support/service.ts'
import { type Frame, isTerminal, readWhole, stepOf } from './event-reader.ts'
import { testsOfProcesses } from './processes.ts'
import { expectNothingLeftOpen, shownRun } from './runs.ts'
import { numbersOf } from './story.ts'
import { makeWorld } from './world.ts'

testsOfProcesses()

const rounds = 20
const requestsPerRound = 30
const longestLifeMs = 300

/** A run that a client wants: it asks with the same idempotency key until it is told that the run is there. */
interface Wanted {
  key: string
  agent: string
  input: string
  runId: string | undefined
}

describe.each(engines)('a storm of kills on %s', engine => {
  test.concurrent('every run a client was promised completes exactly once', async () => {
    const seed = Number(process.env.STORM_SEED ?? Math.floor(Math.random() * 2 ** 32))
    console.log(`STORM_SEED=${seed} on ${engine}`)
    const random = randomFrom(seed)
    // Its model answers with what it was asked.
    await using world = await makeWorld(engine, ['assistant'])
    const all: Wanted[] = []
    for (let round = 0; round < rounds; round++) {
      const service = await world.start()
      const open = all.filter(wanted => wanted.runId === undefined)
      while (open.length < requestsPerRound) {
        const wanted = newWanted(all.length, random)
        all.push(wanted)
        open.push(wanted)
      }
      const moments = open.map(() => random() * longestLifeMs)
      const asked = open.map(async (wanted, index) => {
        await Bun.sleep(moments[index] ?? 0)
        await ask(service, wanted).catch(() => {})
      })
      await Bun.sleep(random() * longestLifeMs)
      await service.stop('SIGKILL')
      await Promise.all(asked)
    }

    const last = await world.start()
    for (const wanted of all) await ask(last, wanted)
    for (const { runId, input } of all) {
      if (runId === undefined) throw new Error('unreachable: it was promised')
      expectOneStory(await readWhole(last, runId), input)
    }
    await expectNothingLeftOpen(world)
    expect(await world.sql('select count(*) as count from runs')).toEqual([
      { count: engine === 'sqlite' ? all.length : String(all.length) },
    ])
    if (engine === 'sqlite') {
      expect(await world.sql('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }])
    }
  })
})

async function ask(service: Service, wanted: Wanted): Promise<void> {
  const { key, agent, input } = wanted
  const body = { agent, input, max_attempts: 100 }
  const response = await service.request('POST', '/v1/runs', body, { 'idempotency-key': key })
  const run = await shownRun(response)
  if (response.status !== 202) throw new Error(JSON.stringify(run))
  // What was promised once stays the same.
  expect(wanted.runId ?? run.id).toBe(run.id)
  wanted.runId = run.id
}

function expectOneStory(frames: Frame[], input: string): void {
  const { received, intact } = numbersOf(frames)
  expect(received).toEqual(intact)
  expect(frames.filter(isTerminal).map(({ event }) => event)).toEqual(['run.completed'])
  const last = frames.at(-1)
  expect(last && JSON.parse(last.data).output).toBe(input)
  const finished = frames.filter(({ event }) => event === 'step.completed').map(stepOf)
  expect(new Set(finished).size).toBe(finished.length)
}

const newWanted = (number: number, random: () => number): Wanted => ({
  key: `want-${number}`,
  agent: number % 2 === 0 ? 'echo' : 'assistant',
  input: Array.from({ length: 1 + Math.floor(random() * 30) }, (_, index) => `${number}.${index}`).join(' '),
  runId: undefined,
})

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
