import { copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Bench, type BenchFlags, engineFlag, profileFlag } from '../bench.ts'
import { openDatabase } from '../database.ts'
import { temporaryFolder } from '../folder.ts'
import { cpuSeconds } from '../process-usage.ts'
import type { Report } from '../report.ts'
import { type Service, startService } from '../service.ts'
import { median } from '../statistics.ts'
import { liveReadings, startStampingProvider } from './live.ts'
import { measureStreams } from './streams.ts'

const runs = 100
const tokens = 200
const everyMs = 8
const rounds = 9
const passes = 10

export const wires: Bench = {
  name: 'wires',
  summary: `What a wire costs beside the native stream: runs as they happen, logs of ${runs} runs read again, and first tokens of 50 streams at once.`,
  flags: { ...engineFlag, ...profileFlag },
  floors: ['sqlite', 'postgres'].flatMap(engine => [
    ...['OpenAI chat', 'OpenAI responses', 'AI SDK'].map(wire => ({
      subject: `live runs on ${engine}, ${wire}`,
      metric: 'processor beside the native stream',
      most: 1.15,
    })),
    { subject: `logs on ${engine}, as OpenAI responses`, metric: 'processor beside the native stream', most: 1.15 },
    { subject: `logs on ${engine}, as AI SDK messages`, metric: 'processor beside the native stream', most: 1.15 },
    ...['native', 'OpenAI chat', 'AI SDK'].map(wire => ({
      subject: `50 streams on ${engine}, ${wire}`,
      metric: 'first token, above the provider’s own',
      most: 5,
    })),
  ]),
  run,
}

async function run(report: Report, flags: BenchFlags): Promise<void> {
  for (const engine of flags.engines) {
    await using folder = await temporaryFolder()
    await using database = await openDatabase(engine, folder.path)
    await using provider = await startStampingProvider(folder.path)
    const agents = join(folder.path, 'agents')
    await mkdir(agents)
    await copyFile(join(import.meta.dir, '../streams/token-agent.ts'), join(agents, 'tokens.ts'))
    await Bun.write(join(agents, 'stamps.ts'), stampsAgent)
    const env = { DATABASE_URL: database.url, OPENAI_BASE_URL: `${provider.url}/v1`, OPENAI_API_KEY: 'none' }
    await using service = await startService({ folder: folder.path, env, profile: flags.profile })
    await measureStreams(report, engine, service)
    await measureLogs(report, engine, service)
    for (const { wire, delayMs } of await liveReadings(service, provider.url))
      report.add(`50 streams on ${engine}, ${wire}`, 'first token, above the provider’s own', delayMs, 'ms')
  }
}

const stampsAgent = `import { defineAgent } from 'bunkhouse'
export default defineAgent({ name: 'stamps', model: 'openai/stamps' })
`

/** The same stored events, by each wire in turn, so that whatever else the machine does is done to all of them. */
async function measureLogs(report: Report, engine: string, service: Service): Promise<void> {
  const ids = await makeRuns(service)
  const events = await countEvents(service, ids)
  const paths: Record<string, (id: string) => string> = {
    native: id => `/v1/runs/${id}/stream`,
    'as OpenAI responses': id => `/openai/v1/responses/${id.replace('run_', 'resp_')}?stream=true`,
    'as AI SDK messages': id => `/ai-sdk/tokens/${id}/stream`,
  }
  const took = new Map<string, number[]>(Object.keys(paths).map(wire => [wire, []]))
  for (let round = 0; round <= rounds; round++) {
    for (const [wire, path] of Object.entries(paths)) {
      const begun = cpuSeconds(service.pid)
      for (let pass = 0; pass < passes; pass++)
        await Promise.all(ids.map(async id => (await service.request('GET', path(id))).arrayBuffer()))
      // The first round warms up.
      if (round > 0) took.get(wire)?.push((cpuSeconds(service.pid) - begun) / passes)
    }
  }
  const native = median(took.get('native') ?? [])
  for (const [wire, seconds] of took) {
    const subject = `logs on ${engine}, ${wire}`
    report.add(subject, 'events for a second of processor', events / median(seconds), '1/s')
    if (wire !== 'native') report.add(subject, 'processor beside the native stream', median(seconds) / native, 'times')
  }
}

async function makeRuns(service: Service): Promise<string[]> {
  const epoch = Date.now()
  const made = Array.from({ length: runs }, async (_, index) => {
    const plan = { epoch, firstAtMs: 500 + (index % everyMs), everyMs, tokens }
    const answer = await service.request('POST', '/v1/runs/wait', { agent: 'tokens', input: JSON.stringify(plan) })
    const run = (await answer.json()) as { id: string; status: string } // the answer to a request that went well
    if (run.status !== 'completed') throw new Error(JSON.stringify(run))
    return run.id
  })
  return Promise.all(made)
}

async function countEvents(service: Service, ids: string[]): Promise<number> {
  const counts = ids.map(async id => {
    const text = await (await service.request('GET', `/v1/runs/${id}/stream`)).text()
    return text.match(/^event: /gm)?.length ?? 0
  })
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0)
}
