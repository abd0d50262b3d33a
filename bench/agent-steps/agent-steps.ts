import { join } from 'node:path'
import { type Bench, type BenchFlags, engineFlag, profileFlag, secondsFlag } from '../bench.ts'
import { temporaryFolder } from '../folder.ts'
import { installPeers, peerVersions } from '../install-peers.ts'
import { cpuSeconds } from '../process-usage.ts'
import type { Report } from '../report.ts'
import { median } from '../statistics.ts'
import { startWorker, type WorkerProcess } from '../worker-process.ts'
import type { ClientJob, ClientResult } from './client-job.ts'
import { type Entrant, peersFolder, type Surroundings, startLangGraph, startMastra, startOurs } from './entrants.ts'

const clients = 64
const rounds = 3

export const agentSteps: Bench = {
  name: 'agent-steps',
  summary: 'Runs of an agent with three tool calls, so four model calls, with 64 clients; beside Mastra and LangGraph.',
  flags: { ...secondsFlag, ...engineFlag, ...profileFlag, alone: { type: 'boolean' } },
  help: '  --alone      without the peers',
  floors: [{ subject: 'Bunkhouse on sqlite', metric: 'runs', least: 600 }],
  run,
}

type Clients = WorkerProcess<ClientJob, ClientResult>

async function run(report: Report, flags: BenchFlags): Promise<void> {
  const peers = !flags.said.has('alone')
  if (peers) await installPeers(peersFolder)
  await using asking: Clients = startWorker(join(import.meta.dir, 'clients.ts'))
  await using provider = await startProvider()
  const entrants: Record<string, (around: Surroundings) => Promise<Entrant>> = {}
  for (const engine of flags.engines) entrants[`Bunkhouse on ${engine}`] = around => startOurs(engine, around)
  if (peers) {
    const versions = await peerVersions(peersFolder)
    entrants[`Mastra ${versions['@mastra/core']}`] = startMastra
    entrants[`LangGraph server ${versions['@langchain/langgraph-api']}`] = startLangGraph
  }
  const measured = new Map<string, number>()
  for (const [name, start] of Object.entries(entrants)) {
    await using folder = await temporaryFolder()
    await using entrant = await start({ folder: folder.path, provider: provider.url, profile: flags.profile })
    measured.set(name, await measure(report, name, { asking, entrant, seconds: flags.seconds ?? 4 }))
  }
  if (peers) tellRatios(report, measured)
}

interface Measure {
  asking: Clients
  entrant: Entrant
  seconds: number
}

async function measure(report: Report, name: string, { asking, entrant, seconds }: Measure): Promise<number> {
  const { url, headers, body, pid } = entrant
  const results: ClientResult[] = []
  const cpu: number[] = []
  for (let round = 0; round < rounds; round++) {
    const before = cpuSeconds(pid)
    const warmUpSeconds = round === 0 ? 2 : 0
    const expected = 'Done.'
    const job = { url, headers, body: JSON.stringify(body), clients, warmUpSeconds, seconds, expected }
    const result = await asking.run(job)
    results.push(result)
    // Of the warm-up too, which is as busy.
    cpu.push(((cpuSeconds(pid) - before) * 1000) / (result.perSecond * (seconds + warmUpSeconds)))
  }
  const perSecond = results.map(result => result.perSecond)
  report.add(name, 'runs', median(perSecond), '1/s')
  report.add(name, 'runs, slowest round', Math.min(...perSecond), '1/s')
  report.add(name, 'runs, fastest round', Math.max(...perSecond), '1/s')
  report.add(name, 'median latency', median(results.map(({ medianMs }) => medianMs)), 'ms')
  report.add(name, 'p99 latency', median(results.map(({ p99Ms }) => p99Ms)), 'ms')
  report.add(name, 'CPU of the service for a run', median(cpu), 'ms')
  return median(perSecond)
}

function tellRatios(report: Report, measured: Map<string, number>): void {
  const [ours, others] = [[...measured], [...measured]].map((all, index) =>
    all.filter(([name]) => name.startsWith('Bunkhouse') === (index === 0)),
  )
  for (const [name, perSecond] of ours ?? []) {
    for (const [other, theirs] of others ?? []) report.add(name, `runs, times ${other}`, perSecond / theirs, '×')
  }
}

async function startProvider(): Promise<AsyncDisposable & { url: string }> {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, 'provider.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const { value } = await child.stdout.getReader().read()
  const end = async () => {
    child.kill()
    await child.exited
  }
  return { url: new TextDecoder().decode(value).trim(), [Symbol.asyncDispose]: end }
}
