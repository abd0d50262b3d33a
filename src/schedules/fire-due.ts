import { inArray } from 'drizzle-orm'
import type { Agent } from '../catalog/agent-row.ts'
import { readRegisteredAgent } from '../catalog/read-agent.ts'
import type { AppContext } from '../context.ts'
import type { Transaction } from '../db/database.ts'
import { databaseFailure } from '../db/failure.ts'
import { queueTime } from '../queue/time.ts'
import type { RunOutbox } from '../runs/run-outbox.ts'
import { dueAt } from './next-fire.ts'
import type { Occurrence } from './occurrence.ts'
import type { OccurrenceOutbox } from './occurrence-outbox.ts'
import { planFires } from './plan-fires.ts'
import { type Schedule, toSchedule } from './schedule.ts'
import { advanceSchedules } from './sql/advance-schedules.ts'
import { type DueSchedule, dueSchedules, lockDueSchedules } from './sql/due-schedules.ts'
import { type Start, type Started, startOccurrences } from './start-occurrences.ts'
import { tellStarted } from './tell-started.ts'

export type FireContext = Pick<
  AppContext,
  'catalog' | 'clock' | 'database' | 'emit' | 'hub' | 'notifier' | 'tracer' | 'worker'
> & {
  outbox: RunOutbox & OccurrenceOutbox
}

const batch = 100

export interface Fired {
  occurrences: Occurrence[]
  /** There may be more that is due. */
  more: boolean
}

/**
 * Fires schedules whose time has come. Their occurrences, runs, jobs and first events and their next times commit together.
 * Any number of processes may do it at once.
 */
export async function fireDue(app: FireContext): Promise<Fired> {
  const due = await dueSchedules(app.database, queueTime(app.database, app.clock), batch)
  if (due.length === 0) return { occurrences: [], more: false }
  const agents = await agentsOf(app, due)
  const fired = await fire(app, due, agents).catch(error => oneByOne(app, due, agents, error))
  return { occurrences: fired, more: fired.length > 0 && due.length === batch }
}

/** What a run is made for; null where there is no such agent. */
type Agents = Map<string, Agent | null>
const agentKey = ({ tenantId, agent }: Pick<Schedule, 'tenantId' | 'agent'>) => `${tenantId} ${agent}`

async function agentsOf(app: FireContext, due: DueSchedule[]): Promise<Agents> {
  const wanted = new Map(due.map(schedule => [agentKey(schedule), schedule]))
  const agents = [...wanted].map(async ([key, { tenantId, agent }]) => {
    return [key, await scheduledAgent(app, tenantId, agent)] as const
  })
  return new Map(await Promise.all(agents))
}

/** Also of an agent from a file that only other processes have loaded. */
export async function scheduledAgent(
  { catalog, database }: Pick<FireContext, 'catalog' | 'database'>,
  tenantId: string,
  name: string,
): Promise<Agent | null> {
  const known = (await catalog.current(tenantId, name)) ?? (await readRegisteredAgent(database, tenantId, name))
  if (known || tenantId === 'default') return known
  // Those from files are for every tenant, and kept as those of the first; what that has made itself is not.
  const shared = await readRegisteredAgent(database, 'default', name)
  return shared?.source === 'file' ? shared : null
}

/** One that cannot be written must not stop the others. */
async function oneByOne(app: FireContext, due: DueSchedule[], agents: Agents, error: unknown) {
  const failure = databaseFailure(error)
  if (due.length === 1 || failure === 'unavailable' || failure === 'full') throw error
  const fired: Occurrence[] = []
  for (const schedule of due) {
    try {
      fired.push(...(await fire(app, [schedule], agents)))
    } catch (cause) {
      app.emit('schedule.failed', { scheduleId: schedule.id, error: cause })
    }
  }
  if (fired.length === 0) throw error
  return fired
}

async function fire(app: FireContext, due: DueSchedule[], agents: Agents): Promise<Occurrence[]> {
  const queueNow = queueTime(app.database, app.clock)
  const outcome = await app.database.transaction(async tx => {
    const locked = await lockDueSchedules(
      tx,
      due.map(schedule => schedule.id),
      queueNow,
    )
    if (!locked) return null
    const schedules = await readAll(tx, locked.ids)
    return {
      schedules,
      now: locked.now,
      ...(await fireLocked(app, tx, schedules, agents, { now: locked.now, queueNow })),
    }
  })
  if (!outcome) return []
  const byId = new Map(outcome.schedules.map(schedule => [schedule.id, schedule]))
  tellStarted(app, outcome, ({ scheduleId, fireAt }) => {
    const schedule = byId.get(scheduleId)
    return { agent: schedule?.agent ?? '', lagMs: schedule ? outcome.now - dueAt(schedule, fireAt) : 0 }
  })
  return outcome.occurrences
}

async function readAll({ orm, tables: { schedules } }: Transaction, ids: string[]): Promise<Schedule[]> {
  const rows = await orm.select().from(schedules).where(inArray(schedules.id, ids))
  return rows.map(toSchedule)
}

async function fireLocked(
  app: Pick<FireContext, 'outbox' | 'tracer'>,
  tx: Transaction,
  schedules: Schedule[],
  agents: Agents,
  time: { now: number; queueNow: number | null },
): Promise<Started> {
  const starts: Start[] = []
  const advances: Parameters<typeof advanceSchedules>[1] = []
  for (const schedule of schedules) {
    const agent = agents.get(agentKey(schedule))
    // It was given another agent since it was looked at: the next turn knows that one.
    if (agent === undefined) continue
    const { fires, missed, next } = planFires(schedule, time.now)
    starts.push({ schedule, origin: 'rule', fires, missed, agent })
    const times = [...fires, ...missed, ...(schedule.lastFireAt === null ? [] : [schedule.lastFireAt])]
    advances.push({ id: schedule.id, ...next, lastFireAt: times.length === 0 ? null : Math.max(...times) })
  }
  const started = await startOccurrences(tx, starts, { ...time, outbox: app.outbox, trace: app })
  await advanceSchedules(tx, advances)
  return started
}
