import { copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Bench, type BenchFlags, engineFlag, profileFlag, secondsFlag } from '../bench.ts'
import { openDatabase } from '../database.ts'
import { temporaryFolder } from '../folder.ts'
import { cpuSeconds, residentMegabytes } from '../process-usage.ts'
import type { Report } from '../report.ts'
import { benchKey, type Service, startService } from '../service.ts'
import { median } from '../statistics.ts'
import { startWorker, type WorkerProcess } from '../worker-process.ts'
import type { StreamJob, StreamResult } from './job.ts'

const manyRuns = 1_000
const everyMs = 20
/** Time to start all runs before their first tokens are due. */
const leadMs = 4_000
const aloneRuns = 20
const aloneTokens = 20

export const streams: Bench = {
  name: 'streams',
  summary: `${manyRuns} runs at once, each with ${1000 / everyMs} tokens a second and a reader; and one run alone.`,
  flags: { ...secondsFlag, ...engineFlag, ...profileFlag },
  floors: [
    { subject: '1000 runs on sqlite', metric: 'delay from due, median', most: 30 },
    { subject: '1000 runs on sqlite', metric: 'delay from due, p99', most: 100 },
    { subject: '1000 runs on sqlite', metric: 'readers with all events in order', least: manyRuns },
    { subject: '1000 runs on sqlite', metric: 'logs the same when read again', least: manyRuns },
    { subject: '1000 runs on postgres', metric: 'delay from due, median', most: 30 },
    { subject: '1000 runs on postgres', metric: 'delay from due, p99', most: 100 },
    { subject: '1000 runs on postgres', metric: 'readers with all events in order', least: manyRuns },
    { subject: '1000 runs on postgres', metric: 'logs the same when read again', least: manyRuns },
    { subject: 'one run on sqlite', metric: 'first token, delay from made', most: 3 },
    { subject: 'one run on postgres', metric: 'first token, delay from made', most: 3 },
  ],
  run,
}

type Reading = WorkerProcess<StreamJob, StreamResult>

async function run(report: Report, flags: BenchFlags): Promise<void> {
  for (const engine of flags.engines) {
    await using folder = await temporaryFolder()
    await using database = await openDatabase(engine, folder.path)
    await writeAgent(join(folder.path, 'agents'))
    await using service = await startService({
      folder: folder.path,
      env: { DATABASE_URL: database.url, WORKER_CONCURRENCY: String(manyRuns + 200) },
      profile: flags.profile,
    })
    await using reading: Reading = startWorker(join(import.meta.dir, 'main.ts'))
    await measureAlone(report, `one run on ${engine}`, service, reading)
    await measureMany(report, `${manyRuns} runs on ${engine}`, service, reading, flags.seconds ?? 20)
  }
}

async function measureAlone(report: Report, subject: string, service: Service, reading: Reading): Promise<void> {
  const results: StreamResult[] = []
  for (let made = 0; made < aloneRuns; made++) {
    const startAt = Date.now() + 150 // a provider takes its time to the first token, too
    results.push(
      await reading.run({ port: service.port, key: benchKey, runs: 1, tokens: aloneTokens, everyMs, startAt }),
    )
  }
  const first = results.map(({ firstFromMade }) => firstFromMade.median)
  report.add(subject, 'first token, delay from made', median(first), 'ms')
  report.add(subject, 'first token, delay from made, most', Math.max(...first), 'ms')
  report.add(subject, 'delay from made, median', median(results.map(({ fromMade }) => fromMade.median)), 'ms')
}

async function measureMany(report: Report, subject: string, service: Service, reading: Reading, seconds: number) {
  const startAt = Date.now() + leadMs
  const tokens = Math.round((seconds * 1000) / everyMs)
  const [result, serviceShare] = await Promise.all([
    reading.run({ port: service.port, key: benchKey, runs: manyRuns, tokens, everyMs, startAt }),
    shareBetween(service.pid, startAt, startAt + seconds * 1000),
  ])
  const { fromDue, fromMade } = result
  report.add(subject, 'readers with all events in order', result.whole, '')
  report.add(subject, 'logs the same when read again', result.stored, '')
  report.add(subject, 'tokens', result.tokens / seconds, '1/s')
  report.add(subject, 'events', result.events / seconds, '1/s')
  report.add(subject, 'delay from due, median', fromDue.median, 'ms')
  report.add(subject, 'delay from due, p99', fromDue.p99, 'ms')
  report.add(subject, 'delay from due, most', fromDue.most, 'ms')
  report.add(subject, 'delay from made, median', fromMade.median, 'ms')
  report.add(subject, 'delay from made, p99', fromMade.p99, 'ms')
  report.add(subject, 'CPU of the service', serviceShare, 'cores')
  report.add(subject, 'CPU of the readers', result.cpuShare, 'cores')
  report.add(subject, 'resident memory of the service', residentMegabytes(service.pid), 'MB')
}

/** CPU of a process in shares of a core, between two times in milliseconds since 1970. */
async function shareBetween(pid: number, from: number, to: number): Promise<number> {
  await Bun.sleep(from - Date.now())
  const before = cpuSeconds(pid)
  await Bun.sleep(to - Date.now())
  return (cpuSeconds(pid) - before) / ((to - from) / 1000)
}

async function writeAgent(folder: string): Promise<void> {
  await mkdir(folder)
  // token.ts, beside it, is imported for its types alone.
  await copyFile(join(import.meta.dir, 'token-agent.ts'), join(folder, 'tokens.ts'))
}
