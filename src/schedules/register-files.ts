import { and, eq, isNull } from 'drizzle-orm'
import type { ScheduleDefinition } from '../agents/define.ts'
import type { AgentFiles } from '../agents/files/load.ts'
import type { AppContext } from '../context.ts'
import type { Transaction } from '../db/database.ts'
import { databaseFailure } from '../db/failure.ts'
import { AppError } from '../errors.ts'
import { canonicalJson, type Json } from '../json.ts'
import { queueTime } from '../queue/time.ts'
import { checkSpec } from './check-spec.ts'
import { newSchedule } from './create-schedule.ts'
import { nextAfterChange, nextFireFrom, noNext } from './next-after-change.ts'
import { type ScheduleSpec, toSchedule } from './schedule.ts'
import { toSpec } from './spec.ts'
import { lockSchedule, readNow } from './sql/lock-schedule.ts'

type Needs = Pick<AppContext, 'catalog' | 'clock' | 'database' | 'emit'>

/** Agent files belong to the installation, not to one of its tenants. */
const owner = { tenantId: 'default', keyId: null }
const tries = 5

/**
 * Keeps the schedules of agent files as they are in the files: new ones are made, changed ones changed, and those that are
 * gone fire no more. Whether somebody has paused one stays. Processes that start together agree. One that is wrong is told
 * of, and stays as it was.
 */
export async function registerFileSchedules(app: Needs, { agents, failures }: AgentFiles): Promise<void> {
  const present = new Set<string>()
  for (const { definition: agentDefinition } of agents) {
    const { name: agent, schedules = [] } = agentDefinition
    for (const definition of schedules) {
      present.add(keyOf(agent, definition))
      try {
        const spec = fileSpec(agent, definition)
        await checkSpec(app, owner, spec)
        await keep(app, { spec, fileKey: keyOf(agent, definition), digest: digestOf(spec) })
      } catch (error) {
        if (!(error instanceof AppError) || error.status >= 500) throw error
        app.emit('schedule.refused', { agent, schedule: definition.name, message: error.message })
      }
    }
  }
  // A file that could not be loaded may still have those that are in no other.
  if (failures.length === 0) await removeOthers(app, present)
}

/** @throws AppError invalid_request */
export const fileSpec = (agent: string, definition: ScheduleDefinition): ScheduleSpec =>
  toSpec({ ...definition, agent, metadata: plain(definition.metadata) })

const keyOf = (agent: string, { name }: ScheduleDefinition): string => `${agent}/${name}`

/** As it is when it is read back: an undefined value is none. */
const plain = (metadata: ScheduleDefinition['metadata']): { [key: string]: Json } =>
  JSON.parse(JSON.stringify(metadata ?? {}))

const digestOf = (spec: ScheduleSpec): string =>
  new Bun.CryptoHasher('sha256').update(canonicalJson(spec)).digest('hex')

interface FileSchedule {
  spec: ScheduleSpec
  fileKey: string
  digest: string
}

async function keep({ database, clock }: Needs, file: FileSchedule): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await database.transaction(async tx => store(tx, file, await readNow(tx, queueTime(tx, clock))))
    } catch (error) {
      // Another process has just made it.
      if (databaseFailure(error) !== 'unique' || attempt === tries) throw error
    }
  }
}

async function store(tx: Transaction, { spec, fileKey, digest }: FileSchedule, now: number): Promise<void> {
  const { schedules } = tx.tables
  const mine = and(eq(schedules.tenantId, owner.tenantId), eq(schedules.fileKey, fileKey))
  const [known] = await tx.orm.select({ id: schedules.id }).from(schedules).where(mine)
  if (!known) {
    const made = { ...newSchedule(spec, now), ...owner, source: 'file' as const, fileKey, digest }
    const { keyId: _, ...row } = { ...made, ...nextFireFrom(made, now) }
    await tx.orm.insert(schedules).values(row).returning({ id: schedules.id })
    return
  }
  await lockSchedule(tx, known.id)
  const [row] = await tx.orm.select().from(schedules).where(mine)
  if (!row || (row.digest === digest && row.removedAt === null)) return
  const schedule = toSchedule(row)
  const next = nextAfterChange(schedule, { spec, pausedAt: schedule.pausedAt }, now)
  await tx.orm
    .update(schedules)
    .set({ ...spec, ...next, digest, removedAt: null, updatedAt: now })
    .where(eq(schedules.id, schedule.id))
    .returning({ id: schedules.id })
}

async function removeOthers({ database, clock }: Needs, present: ReadonlySet<string>): Promise<void> {
  const { schedules } = database.tables
  const live = and(eq(schedules.tenantId, owner.tenantId), eq(schedules.source, 'file'), isNull(schedules.removedAt))
  const known = await database.orm.select({ id: schedules.id, fileKey: schedules.fileKey }).from(schedules).where(live)
  for (const { id, fileKey } of known) {
    if (fileKey !== null && present.has(fileKey)) continue
    await database.transaction(async tx => {
      const now = await readNow(tx, queueTime(tx, clock))
      await tx.orm
        .update(tx.tables.schedules)
        .set({ removedAt: now, updatedAt: now, ...noNext })
        .where(eq(tx.tables.schedules.id, id))
        .returning({ id: tx.tables.schedules.id })
    })
  }
}
