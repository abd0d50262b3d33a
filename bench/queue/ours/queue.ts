import { readConfig } from '../../../src/config.ts'
import type { MigratableDatabase } from '../../../src/db/migrate.ts'
import { migrate } from '../../../src/db/migrate.ts'
import type { Notifier } from '../../../src/db/notifier.ts'
import { openDatabase } from '../../../src/db/open.ts'
import { openNotifier } from '../../../src/db/open-notifier.ts'
import { enqueueAlone } from '../../../src/queue/enqueue.ts'
import type { HandOff } from '../../../src/queue/hand-off.ts'
import type { NewJob } from '../../../src/queue/job.ts'
import type { Attempt, JobKind } from '../../../src/queue/kind.ts'
import { Rooms } from '../../../src/queue/rooms.ts'
import { type InsertedJob, insertJobs } from '../../../src/queue/sql/insert-jobs.ts'
import { queueTime } from '../../../src/queue/time.ts'
import { Worker } from '../../../src/queue/worker.ts'
import { systemClock } from '../../../src/runtime/clock.ts'
import { newId } from '../../../src/runtime/id.ts'
import { FactBus, type Facts } from '../../../src/telemetry/facts.ts'
import { createMetrics } from '../../../src/telemetry/metrics.ts'
import { type PostgresAdmin, postgresAdmin } from '../postgres-admin.ts'

export const queueName = 'bench'
const leaseMs = 30_000
/** Nothing is asked of their payload. */
const kindsKnown: ReadonlyMap<string, JobKind> = new Map([
  ['bench', { kind: 'bench', settlesItself: false, perform: async () => ({ kind: 'completed' }) }],
])
/** Jobs at a time: twice what a claim takes, so that on Postgres the next claim is under way while these run. */
const concurrency = 2_000

export interface OurOptions {
  url: string
  /** Null: hints go by Postgres, or stay in the process. */
  redisUrl: string | null
  /** Completed jobs stay in the table. */
  keepsCompleted: boolean
}

/** The queue as a library in this process: leases, fencing, retries and metrics as in `bunkhouse serve`. */
export interface OurQueue extends AsyncDisposable {
  database: MigratableDatabase
  /** On Postgres. */
  admin: PostgresAdmin | null
  notifier: Notifier
  /** Claims that found jobs, as the queue's own fact tells them. */
  claims: Facts['job.claimed'][]
  /** Says what state each is in. */
  insert(jobs: NewJob[]): Promise<InsertedJob['state'][]>
  /** One job, as the API does. */
  insertAlone(job: NewJob, handOff: HandOff | null): Promise<{ state: InsertedJob['state'] | undefined; told: boolean }>
  /** Of workers in other processes. */
  rooms: Rooms
  startWorker(perform: (attempt: Attempt) => Promise<void>, options?: { concurrency?: number }): Worker
  leaseMs: number
}

export async function openQueue({ url, redisUrl, keepsCompleted }: OurOptions): Promise<OurQueue> {
  const { database, close } = await openDatabase(readConfig({ DATABASE_URL: url }).database, { own: false })
  await migrate(database)
  const facts = new FactBus()
  const claims: Facts['job.claimed'][] = []
  const metrics = createMetrics({ readings: [], emit: facts.emit })
  facts.subscribe(metrics.count)
  facts.subscribe((name, data) => {
    if ('error' in data && data.error) console.error(name, data.error)
    if (name === 'job.claimed') claims.push(data as Facts['job.claimed']) // its name says what it holds
  })
  const notifier = await openNotifier(database, redisUrl, facts.emit)
  await notifier.start()
  const rooms = new Rooms(notifier)
  rooms.start()
  const clock = systemClock
  const admin = database.dialect === 'postgres' ? postgresAdmin(url) : null
  return {
    database,
    admin,
    notifier,
    claims,
    leaseMs,
    rooms,
    insert: async jobs => {
      // Jobs that need nothing of others are one statement.
      const inserted = await database.single(tx => insertJobs(tx, jobs, { now: queueTime(tx, clock), leaseMs }))
      return inserted.map(({ state }) => state)
    },
    insertAlone: async (job, handOff) => {
      const meant = { ...job, ...handOff?.fields }
      const hint = handOff?.hint ?? null
      const time = { now: queueTime(database, clock), leaseMs: handOff?.leaseMs ?? leaseMs }
      const alone = await enqueueAlone({ kinds: kindsKnown, database }, meant, time, hint)
      if (alone) return { state: alone.state, told: hint !== null }
      const [inserted] = await database.single(tx => insertJobs(tx, [meant], time))
      return { state: inserted?.state, told: false }
    },
    startWorker: (perform, options) => {
      const kind: JobKind = {
        kind: 'bench',
        settlesItself: false,
        forgetsCompleted: !keepsCompleted,
        perform: async attempt => {
          await perform(attempt)
          return { kind: 'completed' }
        },
      }
      const { emit } = facts
      const fixed = { database, clock, notifier, emit, queue: queueName, kinds: [kind], leaseMs }
      const worker = new Worker({ ...fixed, concurrency: options?.concurrency ?? concurrency })
      worker.start()
      return worker
    },
    [Symbol.asyncDispose]: async () => {
      await notifier.stop(AbortSignal.abort())
      await admin?.[Symbol.asyncDispose]()
      await close()
    },
  }
}

export const newJob = (given: Partial<NewJob> = {}): NewJob => ({
  id: newId('job'),
  tenantId: 'default',
  queue: queueName,
  kind: 'bench',
  payload: {},
  maxAttempts: 5,
  ...given,
})

export const newJobs = (count: number, given: Partial<NewJob> = {}): NewJob[] =>
  Array.from({ length: count }, () => newJob(given))

/** Lets what runs finish. */
export const stopWorker = (worker: Worker): Promise<void> => worker.stop(new AbortController().signal)
