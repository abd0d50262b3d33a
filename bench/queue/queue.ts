import { resolve } from 'node:path'
import type { Bench, BenchFlags } from '../bench.ts'
import { installPeers, peerVersions } from '../install-peers.ts'
import type { Report } from '../report.ts'
import { celeryVersion, installCelery, pythonWithCelery } from './celery/python.ts'
import { queueFlags, readChoices } from './flags.ts'
import { floors } from './floors.ts'
import type { Measure } from './measure.ts'
import { measureBigTable } from './measures/big-table.ts'
import { measureBloat } from './measures/bloat.ts'
import { measureDrain } from './measures/drain.ts'
import { measureFairness } from './measures/fairness.ts'
import { measureIdle } from './measures/idle.ts'
import { measureOldSnapshot } from './measures/old-snapshot.ts'
import { measurePickUp } from './measures/pick-up.ts'
import { measureScaling } from './measures/scaling.ts'
import { writeResults } from './results.ts'
import { startServers } from './servers.ts'
import { celeryName, entrants } from './subjects.ts'

const folder = resolve(import.meta.dir, '..')

const measures: Record<string, Measure> = {
  drain: measureDrain,
  'pick-up': measurePickUp,
  fairness: measureFairness,
  'old-snapshot': measureOldSnapshot,
  'big-table': measureBigTable,
  scaling: measureScaling,
  idle: measureIdle,
  bloat: measureBloat,
}

export const queue: Bench = {
  name: 'queue',
  summary: 'The queue as a library, side by side with graphile-worker, BullMQ, pg-boss and Celery.',
  flags: queueFlags,
  help: [
    `  --only A,B     only these: ${Object.keys(measures).join(', ')}`,
    '  --quick        little of everything, to see that it runs',
    '  --minutes N    length of the steady run; default 1',
    "  --install      as root, install Celery from Debian's packages",
    '  --results DIR  write RESULTS.md and queue-speed.svg there; default of a whole run: bench/ and docs/',
  ].join('\n'),
  floors,
  run,
}

async function run(report: Report, flags: BenchFlags): Promise<void> {
  const choices = readChoices(flags, Object.keys(measures))
  await installPeers(folder)
  if (choices.install && pythonWithCelery() === undefined) await installCelery()
  const python = pythonWithCelery()
  if (python === undefined) console.error('  Celery is skipped: it is not installed (--install does that, as root)')
  await using servers = await startServers()
  const present = entrants.filter(({ name }) => name !== celeryName || python !== undefined)
  for (const name of choices.measures) {
    console.error(`\n${name}`)
    await measures[name]?.({ report, servers, sizes: choices.sizes, entrants: present })
  }
  if (choices.results === null) return
  const versions = {
    Postgres: servers.versions.postgres,
    Redis: servers.versions.redis,
    ...(await peerVersions(folder)),
    ...(python !== undefined && { Celery: celeryVersion(python) }),
  }
  await writeResults({ rows: report.rows, versions, sizes: choices.sizes, target: choices.results })
}
