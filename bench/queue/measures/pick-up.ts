import { Database as Sqlite } from 'bun:sqlite'
import { join } from 'node:path'
import { temporaryFolder } from '../../folder.ts'
import { median, quantile } from '../../statistics.ts'
import type { MeasureContext } from '../measure.ts'
import { postgresAdmin } from '../postgres-admin.ts'
import { bullmqName, type Entrant, sqliteName } from '../subjects.ts'

const pauseMs = 5

/** One job at a time, from before the enqueue until its handler begins. */
export async function measurePickUp(context: MeasureContext): Promise<void> {
  const { report, servers, entrants } = context
  await measureStores(context)
  // What is done with a completed job, or how many are fetched at once, makes no difference to one alone.
  const different = entrants.filter(({ name }) => !name.includes(','))
  const medians = new Map<string, number>()
  for (const entrant of different) {
    await using opened = await entrant.open(servers)
    const waits = await opened.start().call('pickUp', { samples: samplesOf(entrant, context) })
    medians.set(entrant.name, median(waits))
    tell(context, entrant.name, 'pick-up, same process', waits)
  }
  const bullmq = medians.get(bullmqName)
  if (bullmq !== undefined) {
    for (const { name, ours } of different) {
      const own = medians.get(name)
      if (ours && own !== undefined) report.add(name, 'pick-up, same process, times BullMQ', own / bullmq, '×')
    }
  }
  for (const entrant of different) {
    if (entrant.name !== sqliteName)
      tell(context, entrant.name, 'pick-up, other process', await across(context, entrant))
  }
}

/** What nothing that is on disk before it begins can be quicker than: how long the least takes on this machine. */
async function measureStores({ report, servers, sizes }: MeasureContext): Promise<void> {
  const measure = async (subject: string, metric: string, run: () => unknown) => {
    const times: number[] = []
    for (let sample = 0; sample < sizes.samples; sample++) {
      const begun = performance.now()
      await run()
      times.push(performance.now() - begun)
      await Bun.sleep(pauseMs)
    }
    report.add(subject, `${metric}, median`, median(times), 'ms')
  }
  const insert = 'insert into alone default values'

  await using folder = await temporaryFolder()
  using sqlite = new Sqlite(join(folder.path, 'alone.db'))
  sqlite.run('pragma journal_mode = wal')
  sqlite.run('pragma synchronous = full')
  sqlite.run('create table alone (id integer primary key)')
  await measure('SQLite by itself', 'one row inserted', () => sqlite.run(insert))

  await using database = await servers.newDatabase()
  await using admin = postgresAdmin(database.url)
  await admin.run('create table alone (id serial primary key)')
  await measure('Postgres by itself', 'nothing asked', () => admin.run('select 1'))
  await measure('Postgres by itself', 'one row inserted', () => admin.run(insert))
}

const samplesOf = ({ slow }: Entrant, { sizes }: MeasureContext): number => (slow ? sizes.slowSamples : sizes.samples)

async function across(context: MeasureContext, entrant: Entrant): Promise<number[]> {
  await using opened = await entrant.open(context.servers)
  const sender = opened.start()
  const worker = opened.start()
  await sender.call('send', null) // both are connected, and the tables are there
  await worker.call('listen', null)
  await worker.call('next', null)
  const waits: number[] = []
  const samples = samplesOf(entrant, context)
  const warmUp = Math.min(50, samples)
  for (let sample = 0; sample < samples + warmUp; sample++) {
    const begun = worker.call('next', null)
    await sender.call('send', null)
    const wait = await begun
    if (sample >= warmUp) waits.push(wait)
    await Bun.sleep(pauseMs)
  }
  return waits
}

function tell({ report }: MeasureContext, subject: string, metric: string, waits: number[]): void {
  report.add(subject, `${metric}, median`, median(waits), 'ms')
  report.add(subject, `${metric}, p99`, quantile(waits, 0.99), 'ms')
}
