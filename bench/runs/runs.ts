import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Bench, type BenchFlags, type Engine, engineFlag, profileFlag, secondsFlag } from '../bench.ts'
import { openDatabase } from '../database.ts'
import { temporaryFolder } from '../folder.ts'
import { type LoadGenerator, startGenerator } from '../load/generator.ts'
import type { LoadResult } from '../load/job.ts'
import { cpuSeconds } from '../process-usage.ts'
import type { Report } from '../report.ts'
import { benchKey, type Service, startService } from '../service.ts'
import { median } from '../statistics.ts'
import { startProvider } from './provider.ts'

const manyClients = 64
const rounds = 5

export const runs: Bench = {
  name: 'runs',
  summary: 'POST /v1/runs/wait, every run fully durable: with 64 clients, with one, and with a model over HTTP.',
  flags: { ...secondsFlag, ...engineFlag, ...profileFlag },
  floors: [
    { subject: 'echo on sqlite, 64 clients', metric: 'runs', least: 5_000 },
    { subject: 'echo on postgres, 64 clients', metric: 'runs', least: 3_000 },
    { subject: 'echo on sqlite, 1 client', metric: 'median latency', most: 1.5 },
    { subject: 'echo on postgres, 1 client', metric: 'median latency', most: 3 },
    { subject: 'model over HTTP on sqlite, 64 clients', metric: 'runs', least: 2_000 },
  ],
  run,
}

async function run(report: Report, flags: BenchFlags): Promise<void> {
  // No core of its own for anybody: service, clients, provider and Postgres share the machine as they like.
  await using generator = startGenerator(null)
  for (const engine of flags.engines) await measureEngine(report, generator, engine, flags)
}

async function measureEngine(report: Report, generator: LoadGenerator, engine: Engine, flags: BenchFlags) {
  const { seconds = 3, profile } = flags
  await using folder = await temporaryFolder()
  await using database = await openDatabase(engine, folder.path)
  await using provider = await startProvider()
  await writeAgent(join(folder.path, 'agents'))
  const env = { DATABASE_URL: database.url, OPENAI_BASE_URL: `${provider.url}/v1`, OPENAI_API_KEY: 'none' }
  await using service = await startService({ folder: folder.path, env, profile })
  const measure = (agent: string, clients: number) =>
    measureRounds(generator, service, { agent, clients, seconds, warmUpSeconds: clients > 1 ? 2 : 0.5 })
  tellThroughput(report, `echo on ${engine}, 64 clients`, await measure('echo', manyClients))
  tellLatency(report, `echo on ${engine}, 1 client`, await measure('echo', 1))
  tellThroughput(report, `model over HTTP on ${engine}, 64 clients`, await measure('instant', manyClients))
}

interface Measured extends LoadResult {
  serviceShare: number
  /** Of the service, in milliseconds. */
  cpuPerRun: number
}

interface Load {
  agent: string
  clients: number
  seconds: number
  warmUpSeconds: number
}

async function measureRounds(generator: LoadGenerator, service: Service, load: Load): Promise<Measured[]> {
  const measured: Measured[] = []
  for (let round = 0; round < rounds; round++) {
    const cpu = cpuSeconds(service.pid)
    const begun = performance.now()
    const result = await generator.run({
      port: service.port,
      requests: [runRequest(load.agent)],
      connections: load.clients,
      warmUpSeconds: round === 0 ? load.warmUpSeconds : 0.2,
      seconds: load.seconds,
    })
    const used = cpuSeconds(service.pid) - cpu
    const serviceShare = used / ((performance.now() - begun) / 1000)
    if (result.failures > 0) throw new Error(`${load.agent}: ${result.failures} requests failed.`)
    measured.push({ ...result, serviceShare, cpuPerRun: (used * 1000) / result.answersInAll })
  }
  return measured
}

const runRequest = (agent: string) => ({
  method: 'POST',
  path: '/v1/runs/wait',
  headers: { authorization: `Bearer ${benchKey}`, 'content-type': 'application/json' },
  body: JSON.stringify({ agent, input: 'hello' }),
})

function tellThroughput(report: Report, subject: string, rounds: Measured[]): void {
  const perSecond = rounds.map(({ answers, seconds }) => answers / seconds)
  report.add(subject, 'runs', median(perSecond), '1/s')
  report.add(subject, 'runs, slowest round', Math.min(...perSecond), '1/s')
  report.add(subject, 'runs, fastest round', Math.max(...perSecond), '1/s')
  tellLatency(report, subject, rounds)
}

function tellLatency(report: Report, subject: string, rounds: Measured[]): void {
  report.add(subject, 'median latency', median(rounds.map(round => round.medianMs)), 'ms')
  report.add(subject, 'p99 latency', median(rounds.map(round => round.p99Ms)), 'ms')
  report.add(subject, 'CPU of the service for a run', median(rounds.map(round => round.cpuPerRun)), 'ms')
  report.add(subject, 'CPU of the service', median(rounds.map(round => round.serviceShare)), 'cores')
  report.add(subject, 'CPU of the load generator', median(rounds.map(round => round.cpuShare)), 'cores')
}

async function writeAgent(folder: string): Promise<void> {
  await mkdir(folder)
  const source = `import { defineAgent } from 'bunkhouse'
export default defineAgent({ name: 'instant', model: 'openai/instant', instructions: 'Answer briefly.' })
`
  await Bun.write(join(folder, 'instant.ts'), source)
}
