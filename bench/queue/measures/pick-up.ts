import { Database as Sqlite } from 'bun:sqlite'
import { join } from 'node:path'
import { temporaryFolder } from '../../folder.ts'
import { median, quantile } from '../../statistics.ts'
import type { MeasureContext } from '../measure.ts'
import { postgresAdmin } from '../postgres-admin.ts'
import { takeSamples } from '../samples.ts'
import { bullmqName, type Entrant, sqliteName } from '../subjects.ts'

/** Milliseconds between two jobs: the end of the one before is mostly stored by then, and the machine is still awake. */
export const restMs = 1
/** After this a virtual machine's cores are mostly given to others: whatever comes then waits for them first. */
export const longRestMs = 20

/** What is timed, in the order of the table, with milliseconds for each sample. */
type Times = Map<string, { subject: string; metric: string; ms: number[] }>

/** One job at a time, from before the enqueue until its handler begins: everything in turn, some rounds of it. */
export async function measurePickUp(context: MeasureContext): Promise<void> {
  const { report, sizes, entrants } = context
  // What is done with a completed job, or how many are fetched at once, makes no difference to one alone.
  const different = entrants.filter(({ name }) => !name.includes(','))
  const times: Times = new Map()
  const add = (subject: string, metric: string, ms: number[]) => {
    const key = `${subject}: ${metric}`
    const known = times.get(key) ?? { subject, metric, ms: [] }
    times.set(key, { ...known, ms: [...known.ms, ...ms] })
  }
  for (let round = 0; round < sizes.samples.rounds; round++) {
    for (const rest of [restMs, longRestMs]) {
      await measureStores(context, rest, add)
      for (const entrant of different) add(entrant.name, sameProcess(rest), await within(context, entrant, rest))
    }
    for (const entrant of different) {
      if (entrant.name !== sqliteName) add(entrant.name, otherProcess, await across(context, entrant))
    }
  }
  for (const { subject, metric, ms } of times.values()) {
    report.add(subject, `${metric}, median`, median(ms), 'ms')
    report.add(subject, `${metric}, p99`, quantile(ms, 0.99), 'ms')
  }
  for (const metric of [sameProcess(restMs), sameProcess(longRestMs)]) {
    const of = (name: string) => times.get(`${name}: ${metric}`)?.ms ?? []
    for (const { name, ours } of different) {
      if (ours && of(bullmqName).length > 0) {
        report.add(name, `${metric}, times BullMQ`, median(of(name)) / median(of(bullmqName)), '×')
      }
    }
  }
}

const sameProcess = (rest: number): string => `pick-up, same process${rest === restMs ? '' : ` after ${rest} ms`}`
const otherProcess = 'pick-up, other process'

/** What nothing that is on disk before it begins can be quicker than: how long the least takes on this machine. */
async function measureStores(
  { servers, sizes }: MeasureContext,
  rest: number,
  add: (subject: string, metric: string, ms: number[]) => void,
): Promise<void> {
  const measure = async (subject: string, metric: string, run: () => unknown) => {
    const ms = await takeSamples({ samples: sizes.samples.perRound, restMs: rest }, async () => {
      const begun = performance.now()
      await run()
      return performance.now() - begun
    })
    add(subject, rest === restMs ? metric : `${metric} after ${rest} ms`, ms)
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

async function within({ servers, sizes }: MeasureContext, entrant: Entrant, rest: number): Promise<number[]> {
  await using opened = await entrant.open(servers)
  return await opened.start().call('pickUp', { samples: sizes.samples.perRound, restMs: rest })
}

async function across({ servers, sizes }: MeasureContext, entrant: Entrant): Promise<number[]> {
  await using opened = await entrant.open(servers)
  const sender = opened.start()
  const worker = opened.start()
  await sender.call('send', null) // both are connected, and the tables are there
  await worker.call('listen', null)
  await worker.call('next', null)
  return await takeSamples({ samples: sizes.samples.perRound, restMs }, async () => {
    const begun = worker.call('next', null)
    await sender.call('send', null)
    return begun
  })
}
