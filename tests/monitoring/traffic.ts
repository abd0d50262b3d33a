import { join } from 'node:path'
import { callOf, must } from '../api/stage.ts'
import { EventReader, readWhole } from '../lifecycle/event-reader.ts'
import { startRun } from '../lifecycle/runs.ts'
import type { World } from '../lifecycle/world.ts'
import type { Exchange } from '../support/provider/exchange.ts'
import type { Turn } from '../support/provider/turn.ts'
import type { Service } from '../support/service.ts'
import { temporaryFiles } from '../support/temporary-files.ts'

/** Agents of the world, by the name of their model too. */
export const agents = ['assistant', 'failing', 'flaky', 'talker']

const takeNote: Turn = { toolCalls: [{ name: 'note', input: { text: 'this' } }] }
const answer: Turn = { text: ['All ', 'is ', 'well.'] }

const jobFile = `import { defineJob, NonRetryable } from 'bunkhouse'
const input = { type: 'object' }
export default [
  defineJob({ name: 'fine', queue: 'chores', input, run: () => ({ done: true }) }),
  defineJob({ name: 'hopeless', queue: 'chores', input, run: () => { throw new NonRetryable('no') } }),
]
`

/** Settings with which all that has a metric can happen, the files they name, and a webhook's receiver. */
export interface Surroundings extends Disposable {
  env: Record<string, string>
  receiver: string
}

export function trafficSurroundings(): Surroundings {
  const files = temporaryFiles({
    'jobs/chores.ts': jobFile,
    'prices.json': JSON.stringify({ 'fake/*': { input: 1, output: 10 } }),
  })
  const receiver = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response() })
  return {
    env: {
      JOBS_DIR: join(files.path, 'jobs'),
      MODEL_PRICES: join(files.path, 'prices.json'),
      BACKUP_TO: join(files.path, 'backups'),
      EGRESS_ALLOW: '127.0.0.1',
      // Nobody listens there: what is traced is dropped.
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
      OTEL_EXPORTER_OTLP_TIMEOUT: '100',
    },
    receiver: receiver.url.href,
    [Symbol.dispose]: () => {
      files[Symbol.dispose]()
      void receiver.stop(true)
    },
  }
}

/** What goes on all the time: a schedule that fires each second, a webhook that is told all, a stream that stays open. */
export async function startTraffic({ provider }: World, service: Service, receiver: string): Promise<void> {
  provider.script('assistant', [takeNote, answer], { repeat: true })
  provider.script('failing', [{ error: { status: 400, message: 'no such model' } }], { repeat: true })
  provider.script('flaky', [{ error: { status: 500, message: 'try again' } }, answer], { repeat: true })
  const call = callOf(service)
  await must(201, call('POST', '/v1/schedules', { agent: 'assistant', input: 'tick', cron: '* * * * * *' }))
  await must(201, call('POST', '/v1/webhooks', { url: receiver }))
  const reader = new EventReader(await startRun(service, { delay_seconds: 3_600 }))
  await reader.connect(service)
}

/** Everything once, on one process. */
export async function playTraffic(service: Service): Promise<void> {
  const call = callOf(service)
  const limited = { name: 'quickly too many', scopes: ['runs:read'], rate_limit: 1 }
  const { key } = (await must(201, call<{ key: string }>('POST', '/v1/keys', limited))).body
  const asLimited = { authorization: `Bearer ${key}` }
  await Promise.all([
    must(200, call('POST', '/v1/runs/wait', { agent: 'assistant', input: 'hello' })),
    must(200, call('POST', '/v1/runs/wait', { agent: 'failing', input: 'hello' })),
    must(202, call('POST', '/v1/runs', { agent: 'flaky', input: 'hello' })),
    must(202, call('POST', '/v1/runs', { agent: 'echo', input: 'later', delay_seconds: 0.1 })),
    must(200, call('POST', '/chat', { agent: 'echo', message: 'hello' })),
    must(404, call('GET', '/v1/runs/run_none')),
    startRun(service).then(id => readWhole(service, id)),
    must(201, call('POST', '/v1/jobs', { jobs: ['fine', 'hopeless'].map(kind => ({ kind })) })),
    must(202, call('POST', '/v1/backups')),
    must(200, call('GET', '/v1/runs', undefined, asLimited)).then(() =>
      must(429, call('GET', '/v1/runs', undefined, asLimited)),
    ),
  ])
}

/** A process freezes at work for longer than its lease, another takes over, and the first one's write is refused. */
export async function freeze({ provider }: World, frozen: Service, other: Service): Promise<void> {
  provider.script('talker', [{ text: ['a ', 'b '], hold: true }, answer])
  // Either of them might take the run: for a moment there is only one.
  other.process.kill('SIGSTOP')
  let runId: string
  let exchange: Exchange
  try {
    runId = await startRun(frozen, { agent: 'talker' })
    exchange = await provider.request('talker', 1)
    frozen.process.kill('SIGSTOP')
  } finally {
    other.process.kill('SIGCONT')
  }
  try {
    await provider.request('talker', 2)
    await readWhole(other, runId)
  } finally {
    exchange.release()
    frozen.process.kill('SIGCONT')
  }
}
