import { setImmediate as othersTurn } from 'node:timers/promises'
import { and, desc, eq, gte, inArray, lt, type SQL, sql } from 'drizzle-orm'
import type { Actor, AppContext } from '../context.ts'
import type { JobState } from '../queue/job-state.ts'
import { type Job, toJobs } from './job.ts'
import { storedOrderKey } from './keys.ts'
import { fewJobs } from './sql/few-jobs.ts'

export interface JobFilter {
  queue?: string | undefined
  kind?: string | undefined
  state?: JobState | undefined
  orderKey?: string | undefined
}

export interface FoundJobs {
  jobs: Job[]
  /** Id of the last job that was looked at; null where there is no more to look at. */
  lookedTo: string | null
}

type Needs = Pick<AppContext, 'database'>

/** Jobs looked at in one statement, for which others have to wait on SQLite; and statements for one page. */
const look = 10_000
const looks = 10

/**
 * The newest first. Of most filters no index knows: to find what they leave, jobs are looked at one after the other, for
 * one page only so many that it takes a moment. So a page may be short, and more may follow.
 */
export async function listJobs(
  app: Needs,
  actor: Actor,
  filter: JobFilter,
  { before, limit }: { before?: string | undefined; limit: number },
): Promise<FoundJobs> {
  const fits = await quickly(app, actor, filter)
  if (fits) return { jobs: await select(app, actor, filter, limit, [fits, below(app, before)]), lookedTo: null }
  const jobs: Job[] = []
  let from = before
  for (let done = 0; done < looks; done++) {
    if (done > 0) await othersTurn()
    const to = await endOfLook(app, from)
    const within = [below(app, from), to === undefined ? undefined : gte(app.database.tables.jobs.id, to)]
    jobs.push(...(await select(app, actor, filter, limit - jobs.length, within)))
    from = to
    if (jobs.length >= limit || from === undefined) break
  }
  return { jobs, lookedTo: from ?? null }
}

/** What leads an index to the jobs that fit, where there is one for them. */
async function quickly({ database }: Needs, { tenantId }: Actor, filter: JobFilter): Promise<SQL | undefined> {
  const { state, queue, orderKey } = filter
  if (state === undefined) return undefined
  // Their indexes have ids in order. They are used only where the statement itself says the state.
  if (queue !== undefined && state === 'discarded') return sql`state = 'discarded'`
  if (queue !== undefined && state === 'waiting') return sql`state = 'waiting'`
  const orderKeys = orderKey === undefined ? undefined : orderKeysOf(tenantId, orderKey)
  const ids = await fewJobs(database, { state, queue, orderKeys })
  if (ids === null) return undefined
  const { id } = database.tables.jobs
  const given = JSON.stringify(ids)
  return database.dialect === 'sqlite'
    ? sql`${id} in (select value from json_each(${given}))`
    : sql`${id} = any(array(select json_array_elements_text(${given}::json)))`
}

/** As it was given with a job, or as it is shown of a run's. */
const orderKeysOf = (tenantId: string, key: string): string[] => [storedOrderKey(tenantId, key), key]

const below = ({ database }: Needs, id: string | undefined): SQL | undefined =>
  id === undefined ? undefined : lt(database.tables.jobs.id, id)

/** The last job of the look that begins below `from`; undefined where it reaches the oldest. */
async function endOfLook(app: Needs, from: string | undefined): Promise<string | undefined> {
  const { orm, tables } = app.database
  const { id } = tables.jobs
  const beyond = orm.select({ id }).from(tables.jobs).where(below(app, from)).orderBy(desc(id))
  const [row] = await beyond.offset(look - 1).limit(1)
  return row?.id
}

async function select(
  { database }: Needs,
  { tenantId }: Actor,
  { queue, kind, state, orderKey }: JobFilter,
  limit: number,
  within: (SQL | undefined)[],
): Promise<Job[]> {
  const { jobs } = database.tables
  const rows = await database.orm
    .select()
    .from(jobs)
    .where(
      and(
        ...within,
        eq(jobs.tenantId, tenantId),
        queue === undefined ? undefined : eq(jobs.queue, queue),
        kind === undefined ? undefined : eq(jobs.kind, kind),
        // Written so that no partial index is taken for it: where one helps, `within` says so.
        state === undefined ? undefined : sql`${jobs.state} || '' = ${state}`,
        orderKey === undefined ? undefined : inArray(jobs.orderKey, orderKeysOf(tenantId, orderKey)),
      ),
    )
    .orderBy(desc(jobs.id))
    .limit(limit)
  return toJobs(database, rows)
}
