import { and, asc, desc, eq, gt, gte, inArray, lt, lte, type SQL, sql } from 'drizzle-orm'
import type { Actor, AppContext } from '../context.ts'
import { toRun } from './read-run.ts'
import type { Run, RunStatus } from './run.ts'
import { idsAround, idsThatBegin } from './run-ids.ts'

export interface RunFilter {
  /** The beginning of an id, or a whole one. */
  id?: string | undefined
  status?: RunStatus | undefined
  agent?: string | undefined
  threadId?: string | undefined
  errorCode?: string | undefined
  /** A name at the top of the metadata, and what it has to be: a text, or a number, true or false as text. */
  metadata?: { name: string; value: string } | undefined
  /** What the input, the output or the error's message contain, as it is written. */
  contains?: string | undefined
  /** Milliseconds since 1970. */
  createdAfter?: number | undefined
  createdBefore?: number | undefined
}

export interface RunPage {
  order: 'asc' | 'desc'
  /** Id of the last run of the page before. */
  after?: string | undefined
  limit: number
}

type Needs = Pick<AppContext, 'database'>

/** Runs in the order of their making; for what an index knows. Of the rest `searchRuns` bounds the time. */
export async function listRuns(app: Needs, actor: Actor, filter: RunFilter, page: RunPage): Promise<Run[]> {
  const { known, rest } = runConditions(app, actor, filter)
  return selectRuns(app, [known, rest, beyond(app, page.order, page.after)], page)
}

export async function selectRuns(
  { database }: Needs,
  where: (SQL | undefined)[],
  { order, limit }: Pick<RunPage, 'order' | 'limit'>,
): Promise<Run[]> {
  const { runs } = database.tables
  const byId = order === 'asc' ? asc(runs.id) : desc(runs.id)
  const rows = await database.orm
    .select()
    .from(runs)
    .where(and(...where))
    .orderBy(byId)
    .limit(limit)
  return rows.map(toRun)
}

/** What comes after a run in that order. */
export const beyond = ({ database }: Needs, order: RunPage['order'], id: string | undefined): SQL | undefined =>
  id === undefined ? undefined : order === 'asc' ? gt(database.tables.runs.id, id) : lt(database.tables.runs.id, id)

/** `known`: what one index leads to in the order of ids; `rest`: what has to be looked for within that. */
export function runConditions({ database }: Needs, actor: Actor, filter: RunFilter) {
  const { runs } = database.tables
  const { id, agent, threadId, errorCode, createdAfter, createdBefore } = filter
  const status = errorCode === undefined ? filter.status : (filter.status ?? 'failed')
  // Most runs of most agents have completed: that status leads to more than the agent does, each other one to less.
  const byAgent = agent !== undefined && (status === undefined || status === 'completed')
  const byThread = threadId !== undefined
  const ofStatus = status === undefined ? undefined : eq(runs.status, status)
  const ofAgent = agent === undefined ? undefined : eq(runs.agent, agent)
  const [first, second] = byThread
    ? [undefined, and(ofStatus, ofAgent)]
    : byAgent
      ? [ofAgent, ofStatus]
      : [ofStatus, ofAgent]
  const known = and(
    eq(runs.tenantId, actor.tenantId),
    byThread ? eq(runs.threadId, threadId) : undefined,
    first,
    ...between(runs.id, id === undefined ? {} : idsThatBegin(id)),
    ...between(runs.id, idsAround(createdAfter, createdBefore)),
  )
  const rest = and(
    second,
    actor.agents && inArray(runs.agent, [...actor.agents]),
    createdAfter === undefined ? undefined : gte(runs.createdAt, createdAfter),
    createdBefore === undefined ? undefined : lt(runs.createdAt, createdBefore),
    errorCode === undefined ? undefined : sql`${runs.error} ->> 'code' = ${errorCode}`,
    ofMetadata(database, filter.metadata),
    containing(database, filter.contains),
  )
  return { known, rest }
}

const between = (id: Parameters<typeof gte>[0], { from, to }: { from?: string; to?: string }) => [
  from === undefined ? undefined : gte(id, from),
  to === undefined ? undefined : lte(id, to),
]

function ofMetadata({ tables: { runs } }: Needs['database'], asked: RunFilter['metadata']): SQL | undefined {
  if (asked === undefined) return undefined
  // As JSON writes it: a text, or what is written without quotes.
  return sql`cast(${runs.metadata} -> ${sql.param(asked.name)} as text) in (${JSON.stringify(asked.value)}, ${asked.value})`
}

/** In what is stored, which is JSON: what one looks for is written as JSON writes it inside of a text. */
function containing({ dialect, tables: { runs } }: Needs['database'], text: string | undefined): SQL | undefined {
  if (text === undefined) return undefined
  const inside = JSON.stringify(text).slice(1, -1)
  const columns = [runs.input, runs.output, runs.error]
  const has = columns.map(column =>
    dialect === 'sqlite' ? sql`instr(${column}, ${inside}) > 0` : sql`strpos(${column}::text, ${inside}) > 0`,
  )
  return sql`(${sql.join(has, sql` or `)})`
}
