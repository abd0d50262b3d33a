import { join } from 'node:path'
import { type Bench, type BenchFlags, profileFlag, secondsFlag } from '../bench.ts'
import { temporaryFolder } from '../folder.ts'
import { type LoadGenerator, startGenerator } from '../load/generator.ts'
import type { LoadRequest } from '../load/job.ts'
import { pinned } from '../pin.ts'
import { cpuSeconds } from '../process-usage.ts'
import type { Report } from '../report.ts'
import { benchKey, type Service, startService } from '../service.ts'
import { median } from '../statistics.ts'

const serverCore = 0
const generatorCore = 1
const connections = 64
const rounds = 5
const storedRuns = 500

export const http: Bench = {
  name: 'http',
  summary: 'GET /health against a bare Bun.serve, and GET /v1/runs/:id, with the server on one core.',
  flags: { ...secondsFlag, ...profileFlag },
  floors: [
    { subject: 'GET /health', metric: 'ratio to bare Bun.serve', least: 0.6 },
    { subject: 'GET /v1/runs/:id', metric: 'requests', least: 15_000 },
  ],
  run,
}

interface Target {
  subject: string
  port: number
  pid: number
  requests: LoadRequest[]
}

interface Measured {
  perSecond: number
  p99Ms: number
  /** Requests for each second of the server's CPU: what `perSecond` is when nothing else runs on its core. */
  perCpuSecond: number
  generatorShare: number
  serverShare: number
}

async function run(report: Report, { seconds = 2, profile }: BenchFlags): Promise<void> {
  await using folder = await temporaryFolder()
  await using service = await startService({ folder: folder.path, core: serverCore, profile })
  await using bare = await startBareServer()
  await using generator = startGenerator(generatorCore)
  const health = [{ method: 'GET', path: '/health', headers: {} }]
  const targets: Target[] = [
    { ...bare, subject: 'bare Bun.serve', requests: health },
    { ...service, subject: 'GET /health', requests: health },
    { ...service, subject: 'GET /v1/runs/:id', requests: await readsOfRuns(service) },
  ]
  const results = new Map<Target, Measured[]>(targets.map(target => [target, []]))
  // In turns, so that whatever else the machine does meets all of them.
  for (let round = 0; round < rounds; round++) {
    for (const target of targets)
      results.get(target)?.push(await measure(generator, target, round === 0 ? 2 : 0.3, seconds))
  }
  for (const [{ subject }, measured] of results) tell(report, subject, measured)
  const [bareRounds = [], healthRounds = []] = [...results.values()]
  const ratios = (of: 'perSecond' | 'perCpuSecond') =>
    healthRounds.map((round, index) => round[of] / (bareRounds[index]?.[of] ?? Number.NaN))
  report.add('GET /health', 'ratio to bare Bun.serve', median(ratios('perSecond')), '')
  report.add('GET /health', 'ratio, lowest of a round', Math.min(...ratios('perSecond')), '')
  report.add('GET /health', 'ratio by CPU time', median(ratios('perCpuSecond')), '')
}

async function measure(
  generator: LoadGenerator,
  target: Target,
  warmUpSeconds: number,
  seconds: number,
): Promise<Measured> {
  const { port, pid, requests } = target
  const before = cpuSeconds(pid)
  const begun = performance.now()
  const load = await generator.run({ port, requests, connections, warmUpSeconds, seconds })
  const cpu = cpuSeconds(pid) - before
  const serverShare = cpu / ((performance.now() - begun) / 1000)
  if (load.failures > 0) throw new Error(`${target.subject}: ${load.failures} requests failed.`)
  return {
    perSecond: load.answers / load.seconds,
    p99Ms: load.p99Ms,
    perCpuSecond: load.answersInAll / cpu,
    generatorShare: load.cpuShare,
    serverShare,
  }
}

function tell(report: Report, subject: string, rounds: Measured[]): void {
  const perSecond = rounds.map(round => round.perSecond)
  report.add(subject, 'requests', median(perSecond), '1/s')
  report.add(subject, 'requests, slowest round', Math.min(...perSecond), '1/s')
  report.add(subject, 'requests, fastest round', Math.max(...perSecond), '1/s')
  report.add(subject, 'requests for a second of CPU', median(rounds.map(round => round.perCpuSecond)), '1/s')
  report.add(subject, 'p99 latency', median(rounds.map(round => round.p99Ms)), 'ms')
  report.add(subject, 'CPU of the server', median(rounds.map(round => round.serverShare)), 'cores')
  report.add(subject, 'CPU of the load generator', median(rounds.map(round => round.generatorShare)), 'cores')
}

async function startBareServer() {
  const command = [process.execPath, join(import.meta.dir, 'bare-server.ts')]
  const child = Bun.spawn(pinned(serverCore, command), { stdio: ['ignore', 'pipe', 'inherit'] })
  const { value } = await child.stdout.getReader().read()
  const end = async () => {
    child.kill()
    await child.exited
  }
  return { port: Number(new TextDecoder().decode(value)), pid: child.pid, [Symbol.asyncDispose]: end }
}

/** Some finished runs, to be read in turns. */
async function readsOfRuns(service: Service): Promise<LoadRequest[]> {
  const requests: LoadRequest[] = []
  for (let made = 0; made < storedRuns; made++) {
    const response = await service.request('POST', '/v1/runs/wait', { agent: 'echo', input: 'hello' })
    if (!response.ok) throw new Error(`A run was refused: ${await response.text()}`)
    await response.body?.cancel()
    const path = response.headers.get('location') ?? ''
    requests.push({ method: 'GET', path, headers: { authorization: `Bearer ${benchKey}` } })
  }
  return requests
}
