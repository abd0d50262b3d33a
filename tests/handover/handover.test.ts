import { expect, test } from 'bun:test'
import { callOf, type EventView, must, type PageView } from '../api/stage.ts'
import { isTerminal, readWhole } from '../lifecycle/event-reader.ts'
import { testsOfProcesses } from '../lifecycle/processes.ts'
import { expectNothingLeftOpen, getRun, shownRun, startRun } from '../lifecycle/runs.ts'
import { numbersOf } from '../lifecycle/story.ts'
import { makeWorld, until } from '../lifecycle/world.ts'
import type { Turn } from '../support/provider/turn.ts'
import type { Service } from '../support/service.ts'
import { type Balancer, nginx, startBalancer } from './balancer.ts'
import { follow } from './following.ts'

testsOfProcesses({ timeoutMs: 240_000 })

const runs = 50
/** Of each run. */
const readers = 4
/** Of the runs, those that find their end within the drain. */
const quick = 25
const held: Turn = { text: ['All ', 'is ', 'well.'], hold: true }
const answer: Turn = { text: ['All ', 'is ', 'well.'] }

test.skipIf(nginx === null)(
  `a deploy under ${runs} runs and ${runs * readers} readers behind nginx loses nothing and keeps nobody waiting`,
  async () => {
    await using world = await makeWorld('postgres')
    world.provider.script('assistant', [...Array<Turn>(runs).fill(held), ...Array<Turn>(runs - quick).fill(answer)])
    // Nobody waits for a lease to end: none does.
    const env = { LEASE_SECONDS: '3600', DRAIN_SECONDS: '10' }
    const old = await world.start({ ...env, APP_VERSION: 'old' })
    await using balancer = await startBalancer(old)
    const runIds = await Promise.all(
      Array.from({ length: runs }, (_, index) => startRun(old, { input: `run ${index}`, max_attempts: 1 })),
    )
    const followings = await Promise.all(
      runIds.flatMap(id => Array.from({ length: readers }, () => follow(balancer, id))),
    )
    const exchanges = await Promise.all(runIds.map((_, index) => world.provider.request('assistant', index + 1)))
    for (const exchange of exchanges) exchange.release(1)
    await Promise.all(followings.map(({ reader }) => reader.until(() => reader.text(1) === 'All ')))
    expect(await gauges(old)).toMatchObject({ bunkhouse_jobs_running: runs, bunkhouse_stream_readers: runs * readers })

    const renewed = await world.start({ ...env, APP_VERSION: 'new' })
    await balancer.route([old, renewed])
    const traffic = keepAsking(balancer)
    await traffic.asked(10)

    // Readiness goes first, while everybody is served, so that whoever sends traffic sends it elsewhere.
    const stopped = old.stop('SIGTERM')
    await until('the old one is not ready', async () => (await old.request('GET', '/ready')).status === 503)
    expect(await gauges(old)).toMatchObject({ bunkhouse_stream_readers: runs * readers })
    expect(exchanges.filter(({ state }) => state !== 'open')).toEqual([])
    await balancer.route([renewed])
    await until('the system tells', async () =>
      (await processes(renewed)).some(({ version, state }) => version === 'old' && state === 'draining'),
    )
    for (const exchange of exchanges.slice(0, quick)) exchange.release()
    expect(await stopped).toBe(0)

    await Promise.all(followings.map(({ done }) => done))
    const { answers, slowestMs } = await traffic.end()
    expect(answers.filter(status => status !== 'completed')).toEqual([])
    expect(followings.flatMap(({ troubles }) => troubles)).toEqual([])
    expect(await processes(renewed)).toMatchObject([{ version: 'new', state: 'ready' }])

    const pauses: number[] = []
    for (const [index, runId] of runIds.entries()) {
      expect(await getRun(renewed, runId)).toMatchObject({ status: 'completed', output: 'All is well.', attempt: 1 })
      const whole = await readWhole(renewed, runId)
      for (const { reader } of followings.slice(index * readers, (index + 1) * readers)) {
        const { received, intact } = numbersOf(reader.frames)
        expect(received).toEqual(intact)
        expect(reader.frames).toEqual(whole)
        expect(reader.frames.filter(isTerminal)).toHaveLength(1)
      }
      pauses.push(...(await pausesOf(renewed, runId)))
    }
    // Those that were not done were handed over, once each; no model call was made twice beside that.
    expect(pauses).toHaveLength(runs - quick)
    expect(world.provider.requests('assistant')).toHaveLength(2 * runs - quick)
    const gaps = followings.flatMap(({ gapsMs }) => gapsMs)
    expect(gaps).toHaveLength((runs - quick) * readers)
    await expectNothingLeftOpen(world)
    const [made] = await world.sql<{ runs: string }>("select count(*) runs from runs where agent = 'echo'")
    expect(Number(made?.runs)).toBe(answers.length)

    console.info(
      [
        `without a stream, of ${gaps.length} readers: ${spread(gaps)}, of which they were asked to wait 500 ms`,
        `from handed back to begun, of ${pauses.length} runs: ${spread(pauses)}`,
        `${answers.length} other requests meanwhile, the slowest ${Math.round(slowestMs)} ms`,
      ].join('\n'),
    )
    // Nobody has to sit out a timeout. Generous: the machine may be busy.
    expect(Math.max(...gaps)).toBeLessThan(20_000)
    expect(Math.max(...pauses)).toBeLessThan(20_000)
  },
)

/** Sends one request after the other, as an app behind the balancer does, until it is told to end. */
function keepAsking(balancer: Balancer) {
  const answers: string[] = []
  let slowestMs = 0
  let wanted = true
  const ask = async () => {
    while (wanted) {
      const since = performance.now()
      answers.push(await answerOf(balancer).catch(String))
      slowestMs = Math.max(slowestMs, performance.now() - since)
    }
  }
  const asking = ask()
  return {
    asked: (count: number) => until(`${count} requests were answered`, async () => answers.length >= count),
    end: async () => {
      wanted = false
      await asking
      return { answers, slowestMs }
    },
  }
}

async function answerOf(balancer: Balancer): Promise<string> {
  const response = await balancer.request('POST', '/v1/runs/wait', { agent: 'echo', input: 'hello' })
  return response.ok ? (await shownRun(response)).status : `${response.status} ${await response.text()}`
}

async function gauges(service: Service): Promise<Record<string, number>> {
  const text = await (await service.request('GET', '/metrics')).text()
  return Object.fromEntries([...text.matchAll(/^(\w+) (\d+)$/gm)].map(([, name = '', value]) => [name, Number(value)]))
}

async function processes(service: Service) {
  const path = '/v1/system'
  const { body } = await must(200, callOf(service)<{ processes: { version: string; state: string }[] }>('GET', path))
  return body.processes
}

/** Milliseconds from when a run was handed back until it began again, each time it was. */
async function pausesOf(service: Service, runId: string): Promise<number[]> {
  const { body } = await must(200, callOf(service)<PageView<EventView>>('GET', `/v1/runs/${runId}/events?limit=500`))
  const at = (event?: EventView) => Date.parse(event?.created_at ?? '')
  return body.data.flatMap((event, index) => {
    if (event.type !== 'run.interrupted') return []
    return [at(body.data.slice(index).find(({ type }) => type === 'run.started')) - at(event)]
  })
}

function spread(milliseconds: number[]): string {
  const sorted = milliseconds.toSorted((a, b) => a - b)
  return `median ${Math.round(sorted[sorted.length >> 1] ?? 0)} ms, most ${Math.round(sorted.at(-1) ?? 0)} ms`
}
