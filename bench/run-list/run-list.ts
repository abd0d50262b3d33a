import { readConfig } from '../../src/config.ts'
import { migrate } from '../../src/db/migrate.ts'
import { openDatabase as openConnection } from '../../src/db/open.ts'
import { type Bench, type BenchFlags, type Engine, engineFlag } from '../bench.ts'
import { openDatabase } from '../database.ts'
import { temporaryFolder } from '../folder.ts'
import { postgresAdmin } from '../queue/postgres-admin.ts'
import type { Report } from '../report.ts'
import { type Service, startService } from '../service.ts'
import { median } from '../statistics.ts'
import { fillRuns, firstRunAt, runEveryMs } from './fill-runs.ts'

const count = 1_000_000
const rounds = 15
/** A page of the console. */
const limit = 100

const timeOf = (n: number): string => new Date(firstRunAt + n * runEveryMs).toISOString()
const middle = `created_after=${timeOf(count / 2)}&created_before=${timeOf(count / 2 + 1_000)}`

/** What an index answers whole has to come sooner than what is looked for. */
const asked: { subject: string; query: string; most?: number }[] = [
  { subject: 'newest', query: '' },
  { subject: 'oldest', query: 'order=asc' },
  { subject: 'status, one in a hundred', query: 'status=cancelled' },
  { subject: 'status of nearly all', query: 'status=completed' },
  { subject: 'status of none', query: 'status=running' },
  { subject: 'agent', query: 'agent=daily' },
  { subject: 'agent of none', query: 'agent=nobody' },
  { subject: 'agent and status', query: 'agent=clerk&status=failed' },
  { subject: 'agent and a status it never has', query: 'agent=daily&status=cancelled', most: 1_000 },
  { subject: 'thread', query: `thread_id=thr_${(1_234).toString(16).padStart(32, '0')}` },
  { subject: 'a quarter of an hour in the middle', query: middle },
  { subject: 'the same with a status and an agent', query: `${middle}&status=failed&agent=clerk` },
  {
    subject: 'beginning of an id',
    query: `id=run_${(firstRunAt + 5_000 * runEveryMs).toString(16).padStart(12, '0')}`,
  },
  { subject: 'code of an error', query: 'error_code=timeout', most: 1_000 },
  { subject: 'metadata of the newest', query: `metadata=order%3D${count - 5}`, most: 1_000 },
  { subject: 'metadata of none', query: 'metadata=order%3Dnone', most: 1_000 },
  { subject: 'text of the newest', query: `contains=${count - 5}`, most: 1_000 },
  { subject: 'text of none', query: 'contains=elephant', most: 1_000 },
]

export const runList: Bench = {
  name: 'run-list',
  summary: `pages of ${limit} of GET /v1/runs with ${count.toLocaleString('en')} runs, by each of its filters`,
  flags: engineFlag,
  floors: ['sqlite', 'postgres'].flatMap(engine =>
    asked.map(({ subject, most = 100 }) => ({ subject: `${engine}: ${subject}`, metric: 'slowest page', most })),
  ),
  run,
}

async function run(report: Report, { engines }: BenchFlags): Promise<void> {
  for (const engine of engines) await measureEngine(report, engine)
}

async function measureEngine(report: Report, engine: Engine): Promise<void> {
  await using folder = await temporaryFolder()
  await using database = await openDatabase(engine, folder.path)
  await fill(engine, database.url)
  await using service = await startService({ folder: folder.path, env: { DATABASE_URL: database.url } })
  for (const { subject, query } of asked) await measure(report, service, `${engine}: ${subject}`, query)
  await measureWalk(report, service, engine)
}

async function fill(engine: Engine, url: string): Promise<void> {
  const { database } = await openConnection(readConfig({ DATABASE_URL: url }).database, { own: false })
  await migrate(database)
  await fillRuns(database, count)
  await database.close()
  if (engine === 'sqlite') return
  await using admin = postgresAdmin(url)
  await admin.run('vacuum (analyze)')
  await admin.run('checkpoint')
}

async function measure(report: Report, service: Service, subject: string, query: string): Promise<void> {
  await page(service, query)
  const times: number[] = []
  let found = 0
  for (let round = 0; round < rounds; round++) {
    const begun = performance.now()
    found = (await page(service, query)).data.length
    times.push(performance.now() - begun)
  }
  report.add(subject, 'runs on the page', found, '')
  report.add(subject, 'median page', median(times), 'ms')
  report.add(subject, 'slowest page', Math.max(...times), 'ms')
}

/** All the way through what is looked for, where nothing fits. */
async function measureWalk(report: Report, service: Service, engine: Engine): Promise<void> {
  const begun = performance.now()
  let pages = 0
  let slowest = 0
  for (let cursor: string | null = ''; cursor !== null; pages++) {
    const before = performance.now()
    const { next_cursor } = await page(service, `contains=elephant${cursor && `&cursor=${cursor}`}`)
    slowest = Math.max(slowest, performance.now() - before)
    cursor = next_cursor
  }
  const subject = `${engine}: text of none, all of it`
  report.add(subject, 'pages', pages, '')
  report.add(subject, 'in all', (performance.now() - begun) / 1_000, 's')
  report.add(subject, 'slowest page', slowest, 'ms')
}

interface Page {
  data: unknown[]
  next_cursor: string | null
}

async function page(service: Service, query: string): Promise<Page> {
  const response = await service.request('GET', `/v1/runs?limit=${limit}${query && `&${query}`}`)
  if (!response.ok) throw new Error(`${query}: ${response.status} ${await response.text()}`)
  return (await response.json()) as Page // of our own service
}
