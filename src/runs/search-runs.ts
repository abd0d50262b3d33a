import { setImmediate as othersTurn } from 'node:timers/promises'
import { and, asc, desc, gte, lte, type SQL } from 'drizzle-orm'
import type { Actor, AppContext } from '../context.ts'
import { beyond, type RunFilter, type RunPage, runConditions, selectRuns } from './list-runs.ts'
import type { Run } from './run.ts'

export interface FoundRuns {
  runs: Run[]
  /** Id of the last run that was looked at; null where there is no more to look at. */
  lookedTo: string | null
}

type Needs = Pick<AppContext, 'database'>

/** Runs looked at in one statement, for which others have to wait on SQLite. */
const look = 5_000
/** No further look begins when so much time has gone into a page. */
const patienceMs = 500

/**
 * Runs in the order of their making. What no index knows is looked for, one run after the other and for a moment: a
 * page may be short although more fit, and the next one goes on from there.
 */
export async function searchRuns(
  app: Needs,
  actor: Actor,
  filter: RunFilter,
  { after, order, limit }: RunPage,
  patience: number = patienceMs,
): Promise<FoundRuns> {
  const { known, rest } = runConditions(app, actor, filter)
  if (!rest) {
    const runs = await selectRuns(app, [known, beyond(app, order, after)], { order, limit })
    return { runs, lookedTo: null }
  }
  const { id } = app.database.tables.runs
  const runs: Run[] = []
  const begun = performance.now()
  let from = after
  do {
    if (from !== after) await othersTurn()
    const to = await endOfLook(app, and(known, beyond(app, order, from)), order)
    const end = to === undefined ? undefined : order === 'asc' ? lte(id, to) : gte(id, to)
    const page = { order, limit: limit - runs.length }
    runs.push(...(await selectRuns(app, [known, rest, beyond(app, order, from), end], page)))
    from = to
  } while (runs.length < limit && from !== undefined && performance.now() - begun < patience)
  return { runs, lookedTo: from ?? null }
}

/** The last run of the look; undefined where it reaches the end. */
async function endOfLook({ database }: Needs, where: SQL | undefined, order: RunPage['order']) {
  const { runs } = database.tables
  const byId = order === 'asc' ? asc(runs.id) : desc(runs.id)
  const query = database.orm.select({ id: runs.id }).from(runs).where(where).orderBy(byId)
  const [row] = await query.offset(look - 1).limit(1)
  return row?.id
}
