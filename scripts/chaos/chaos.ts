import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeFault } from './faults/fault.ts'
import { inflict, type Targets } from './faults/inflict.ts'
import { leaseSeconds, planFaults } from './faults/plan.ts'
import { readLedger } from './ledger.ts'
import type { ChaosOptions } from './options.ts'
import { randomFrom } from './random.ts'
import { startPostgres, startRedis } from './servers/databases.ts'
import { Replica } from './servers/replica.ts'
import { openStore, type Store } from './store.ts'
import { judge, type Verdict } from './verdict/verdict.ts'
import { offerBursts, planBursts } from './work/bursts.ts'
import { Client } from './work/client.ts'
import { planJobs } from './work/job-plan.ts'
import { offer } from './work/offer.ts'
import { offerJobs } from './work/offer-jobs.ts'
import { planWork } from './work/plan.ts'
import { createSchedules, pauseSchedules } from './work/schedules.ts'

/** From the last fault to the end of all work. */
const drainWithinMs = 120_000
const drainPauseMs = 200

export interface ChaosResult extends Verdict {
  /** Logs, the ledger and the database. The caller's to remove. */
  folder: string
}

/** Somebody ended it early. Nothing of it is left. */
export class Interrupted extends Error {}

interface World extends Targets {
  folder: string
  store: Store
  ledger: string
  troubles: string[]
  stop(): Promise<void>
}

/**
 * Does work on real processes while faults hit them, waits until all of it has ended, and says what became of it.
 * @param say gets lines for whoever watches
 * @param stopped ends it early
 * @throws Interrupted
 */
export async function runChaos(
  options: ChaosOptions,
  say: (line: string) => void,
  stopped: AbortSignal,
): Promise<ChaosResult> {
  const folder = await mkdtemp(join(tmpdir(), `bunkhouse-chaos-${options.seed}-`))
  const world = await makeWorld(options, folder)
  const interrupted = new Promise<never>((_, reject) => {
    const end = () => reject(new Interrupted())
    if (stopped.aborted) end()
    stopped.addEventListener('abort', end, { once: true })
  })
  try {
    await Promise.race([Promise.all(world.replicas.map(replica => replica.start())), interrupted])
    return await Promise.race([play(options, world, say), interrupted])
  } catch (error) {
    if (stopped.aborted) await world.stop().then(() => rm(folder, { recursive: true, force: true }))
    else say(`Data and logs: ${folder}`)
    throw error
  } finally {
    await world.stop()
  }
}

async function makeWorld(options: ChaosOptions, folder: string): Promise<World> {
  const postgres = options.engine === 'postgres' ? await startPostgres(folder) : undefined
  const redis = options.redis ? await startRedis(folder) : undefined
  const url = postgres?.url ?? `sqlite:${join(folder, 'bunkhouse.db')}`
  const ledger = join(folder, 'ledger.jsonl')
  const marks = join(folder, 'marks')
  await mkdir(marks)
  await Bun.write(ledger, '')
  const troubles: string[] = []
  const env = {
    DATABASE_URL: url,
    ...(redis && { REDIS_URL: redis.url }),
    AGENTS_DIR: join(import.meta.dir, 'agents'),
    JOBS_DIR: join(import.meta.dir, 'jobs'),
    LEASE_SECONDS: String(leaseSeconds),
    DRAIN_SECONDS: '2',
    CHAOS_LEDGER: ledger,
    CHAOS_MARKS: marks,
  }
  const replicas = Array.from({ length: options.processes }, (_, slot) => {
    // Where there are several, one works on nothing: what it is sent it hands to the others.
    const roles = slot === 0 && options.processes > 1 && options.engine === 'postgres' ? { ROLES: 'api,scheduler' } : {}
    return new Replica({ slot, folder, env: { ...env, ...roles }, onTrouble: text => troubles.push(text) })
  })
  const store = openStore(options.engine, url)
  const stop = async () => {
    await Promise.all(replicas.map(replica => replica.kill()))
    await Promise.all([postgres?.stop(), redis?.stop()])
  }
  return { folder, replicas, postgres, redis, store, ledger, troubles, cutConnections: store.cutConnections, stop }
}

async function play(options: ChaosOptions, world: World, say: (line: string) => void): Promise<ChaosResult> {
  const { folder, replicas, store, troubles } = world
  const over = new AbortController()
  const client = new Client(replicas, randomFrom(options.seed, 3), over.signal)
  const length = options.minutes * 60_000
  const schedules = await createSchedules(client, Date.now() + length / 2)
  const begun = performance.now()
  const work = Promise.all([
    offer(client, planWork(options), begun),
    offerJobs(client, planJobs(options), begun),
    offerBursts(client, planBursts(options), begun),
  ])
  const faults = planFaults(options)
  await Promise.all(
    faults.map(async ({ at, fault }) => {
      await Bun.sleep(Math.max(0, at - (performance.now() - begun)))
      say(`${(at / 1_000).toFixed(1).padStart(7)} s  ${describeFault(fault)}`)
      await inflict(world, fault)
    }),
  )
  await Bun.sleep(Math.max(0, length - (performance.now() - begun)))
  say(`${((performance.now() - begun) / 1_000).toFixed(1).padStart(7)} s  no more faults: waiting for the work to end`)
  await Promise.all(replicas.map(replica => replica.leaveClock()))
  const deadline = setTimeout(() => over.abort(), drainWithinMs)
  await firedAll(store, over.signal)
  const pausedAt = Date.now()
  await pauseSchedules(client, schedules).catch(error => troubles.push(String(error)))
  const [offered, offeredJobs, offeredBursts] = await work
  await drained(store, over.signal)
  const drainedMs = performance.now() - begun - length
  clearTimeout(deadline)
  await Promise.all(replicas.map(replica => replica.stop()))

  const { wrong, counts } = await judge({
    store,
    offered,
    offeredJobs,
    offeredBursts,
    schedules,
    pausedAt,
    effects: await readLedger(world.ledger),
  })
  return {
    folder,
    wrong: [...troubles, ...(await integrity(store)), ...wrong],
    counts: [
      ['faults', faults.length],
      ['starts of processes', replicas.reduce((sum, replica) => sum + replica.starts, 0)],
      ['starts that failed', replicas.reduce((sum, replica) => sum + replica.failedStarts, 0)],
      ['requests tried again', client.retries],
      ['promises', offered.promised.length + offeredJobs.promised.length],
      ['requests without an answer', offered.unsure.size],
      ['ms until the work had ended', Math.round(drainedMs)],
      ...counts,
    ],
  }
}

/** Resolves when no schedule is late, or when it is over: one whose clock was set back has slept. */
async function firedAll(store: Store, over: AbortSignal): Promise<void> {
  const lateMs = 1_000
  while (!over.aborted) {
    const [next] = await store.rows<{ at: number | null }>(`select ${store.ms('min(next_due_at)')} "at" from schedules`)
    if (next?.at == null || next.at > Date.now() - lateMs) return
    await Bun.sleep(drainPauseMs)
  }
}

/** Resolves when no job and no run is unfinished, or when it is over. */
async function drained(store: Store, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    const [left] = await store.rows<{ count: number }>(
      `select cast((select count(*) from jobs where finished_at is null) as int)
         + cast((select count(*) from runs where finished_at is null) as int) "count"`,
    )
    if (left?.count === 0) return
    await Bun.sleep(drainPauseMs)
  }
}

async function integrity(store: Store): Promise<string[]> {
  if (store.engine !== 'sqlite') return []
  const rows = await store.rows<{ integrity_check: string }>('PRAGMA integrity_check')
  return rows.flatMap(({ integrity_check: text }) => (text === 'ok' ? [] : [`SQLite: ${text}`]))
}
