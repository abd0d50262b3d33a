import { join } from 'node:path'
import {
  type Bench,
  type BenchFlags,
  type Engine,
  engineFlag,
  engines,
  profileFlag,
  secondsFlag,
  WrongUsage,
} from '../bench.ts'
import { openDatabase } from '../database.ts'
import { temporaryFolder } from '../folder.ts'
import type { Report } from '../report.ts'
import { startProvider } from '../runs/provider.ts'
import { benchKey, type Service, startService } from '../service.ts'
import { startWorker, type WorkerProcess } from '../worker-process.ts'
import type { SoakJob, SoakResult } from './job.ts'
import { startSchedule, writeFiles } from './set-up.ts'
import { type Watched, watch } from './watch.ts'

const clients = 64
const share = 0.7
/** Of the time, and at least so many requests: then the heap has found its size, and code is compiled. */
const warmUpShare = 0.25
const warmUpRequests = 20_000
const seed = 1

const growth = 'growth of resident memory'
/** Megabytes a minute. */
const growthAtMost = 1
/** What it grows by with the error taken off, twice: in a short time a heap that breathes may look like one that grows. */
const sureGrowth = 'growth of resident memory, at the least'
const shortMinutes = 5

export const soak: Bench = {
  name: 'soak',
  summary:
    'Mixed traffic at 70 % of what the machine can do, for ten minutes (two where CI is set): errors, latency, memory.',
  flags: { ...secondsFlag, ...engineFlag, ...profileFlag, rate: { type: 'string' } },
  help: '  --rate N      hold that many requests a second, instead of 70 % of what it can do at most',
  floors: engines.flatMap(engine => [
    { subject: subjectOf(engine), metric: 'errors', most: 0 },
    { subject: subjectOf(engine), metric: growth, most: growthAtMost },
    { subject: subjectOf(engine), metric: sureGrowth, most: growthAtMost },
  ]),
  decides: true,
  run,
}

function subjectOf(engine: Engine): string {
  return `mixed traffic on ${engine}`
}

type Generator = WorkerProcess<SoakJob, SoakResult>

async function run(report: Report, flags: BenchFlags): Promise<void> {
  const rate = readRate(flags.said.get('rate'))
  const seconds = flags.seconds ?? (process.env.CI ? 120 : 600)
  await using generator: Generator = startWorker(join(import.meta.dir, 'main.ts'))
  for (const engine of flags.engines) {
    const held = { generator, engine, seconds, rate, profile: flags.profile }
    let soaked = await soakOnce(report, held)
    if (soaked.kind === 'behind' || soaked.grew) {
      const what = soaked.kind === 'behind' ? 'It did not keep up' : 'Its memory grew in a short time'
      console.error(`  ${what}. A shared machine may give less than it did: measured and tried once more.`)
      soaked = await soakOnce(report, held)
    }
    if (soaked.kind === 'behind') throw new Error(`${subjectOf(engine)}: the service did not keep up, twice.`)
    soaked.tell()
  }
}

interface Soaking {
  generator: Generator
  engine: Engine
  seconds: number
  rate: number | null
  profile: string | undefined
}

/** What became of one try. `grew`: memory did, in a time too short to be sure that it goes on. */
type Soaked = { kind: 'behind' } | { kind: 'held'; grew: boolean; tell(): void }

/** On a service and a database of its own. */
async function soakOnce(report: Report, { engine, profile, ...held }: Soaking): Promise<Soaked> {
  await using folder = await temporaryFolder()
  await using database = await openDatabase(engine, folder.path)
  const { env, modelScript } = await writeFiles(folder.path)
  await using provider = await startProvider(modelScript)
  await using service = await startService({
    folder: folder.path,
    env: { ...env, DATABASE_URL: database.url, OPENAI_BASE_URL: `${provider.url}/v1`, OPENAI_API_KEY: 'none' },
    profile,
  })
  await startSchedule(service)
  return await hold(report, subjectOf(engine), { ...held, service })
}

function readRate(said: string | true | undefined): number | null {
  if (said === undefined) return null
  const rate = Number(said)
  if (!(rate > 0)) throw new WrongUsage('--rate must be a number above 0.')
  return rate
}

interface Held {
  generator: Generator
  service: Service
  seconds: number
  rate: number | null
}

async function hold(report: Report, subject: string, { generator, service, seconds, rate }: Held): Promise<Soaked> {
  const job = { port: service.port, key: benchKey, clients, seed }
  const perSecond = rate ?? share * (await saturate(report, subject, generator, job, seconds))
  const warmUpSeconds = Math.max(seconds * warmUpShare, warmUpRequests / perSecond)
  const measuredSeconds = seconds * (1 - warmUpShare)
  const work = generator.run({ ...job, perSecond, seconds: warmUpSeconds + measuredSeconds, warmUpSeconds })
  const [result, watched] = await Promise.all([work, watch(service, warmUpSeconds, work)])
  if (!result.keptUp) return { kind: 'behind' }
  const isShort = measuredSeconds / 60 < shortMinutes
  const grew = isShort && watched.growth - 2 * watched.growthError > growthAtMost
  const tell = () => tellFigures(report, subject, { result, watched, perSecond, measuredSeconds, isShort })
  return { kind: 'held', grew, tell }
}

interface Figures {
  result: Awaited<ReturnType<Generator['run']>>
  watched: Watched
  perSecond: number
  measuredSeconds: number
  isShort: boolean
}

function tellFigures(report: Report, subject: string, figures: Figures): void {
  const { result, watched, perSecond, measuredSeconds, isShort } = figures
  report.add(subject, 'rate that was held', perSecond, '1/s')
  report.add(subject, 'answers', result.answers / measuredSeconds, '1/s')
  report.add(subject, 'errors', result.errors, '')
  report.add(subject, 'latency, median', result.all.medianMs, 'ms')
  report.add(subject, 'latency, p99', result.all.p99Ms, 'ms')
  report.add(subject, 'latency, most', result.all.slowestMs, 'ms')
  for (const [kind, { p99Ms }] of Object.entries(result.byKind)) report.add(subject, `p99 of ${kind}`, p99Ms, 'ms')
  report.add(subject, 'most requests under way', result.mostUnderWay, '')
  report.add(subject, 'resident memory after the warm-up', watched.firstMegabytes, 'MB')
  report.add(subject, 'resident memory at the end', watched.lastMegabytes, 'MB')
  report.add(subject, 'resident memory, most', watched.mostMegabytes, 'MB')
  if (!isShort) report.add(subject, growth, watched.growth, 'MB/min')
  else {
    report.add(subject, sureGrowth, watched.growth - 2 * watched.growthError, 'MB/min')
    report.add(subject, 'growth of resident memory, at the most', watched.growth + 2 * watched.growthError, 'MB/min')
  }
  report.add(subject, 'CPU of the service', watched.cpuShare, 'cores')
  report.add(subject, 'CPU of the generator', result.cpuShare, 'cores')
  for (const example of result.examples) console.error(`  ${subject}: ${example}`)
}

type Calibration = Pick<SoakJob, 'port' | 'key' | 'clients' | 'seed'>

/** What it answers in a second when as many clients as there may be ask without a pause. */
async function saturate(report: Report, subject: string, generator: Generator, job: Calibration, soakSeconds: number) {
  const seconds = Math.min(20, Math.max(5, soakSeconds / 20))
  const warmUpSeconds = seconds / 3
  const { answers, errors, examples } = await generator.run({ ...job, perSecond: null, seconds, warmUpSeconds })
  if (errors > 0) throw new Error(`${errors} requests failed under full load, such as ${examples.join(', ')}`)
  const perSecond = answers / (seconds - warmUpSeconds)
  report.add(subject, 'saturation', perSecond, '1/s')
  return perSecond
}
