import type { Transaction } from '../db/database.ts'
import { databaseFailure } from '../db/failure.ts'
import { AppError } from '../errors.ts'
import type { JobKind } from './kind.ts'
import { unblockOrderKeys } from './sql/block-order-key.ts'
import { type DiscardedFilter, type EndedJob, lockDiscardedJobs, lockEndedJobs } from './sql/ended-jobs.ts'
import { lockOrderKeys } from './sql/insert-jobs.ts'
import { lockOrderPlaces, type OrderPlace, type Shift, shiftPlaces } from './sql/order-places.ts'
import { makeAvailable } from './sql/redrive-jobs.ts'
import { beWaitedForAgain, waitAgain } from './sql/wait-again.ts'

/** By ids: discarded and cancelled jobs. By a filter: the oldest discarded ones, of kinds that can be tried again. */
export type RedriveSelection = { tenantId: string; ids: string[] } | DiscardedFilter

export interface RedriveOptions {
  kinds: ReadonlyMap<string, JobKind>
  /** Who wants it, for the job's own record. */
  by: string | null
  /** Null on Postgres: its own clock. */
  now: number | null
}

export interface Redriven {
  /** With the queues where they may be claimed now, unless they wait for others. */
  redriven: { id: string; queue: string }[]
  /** Of kinds that cannot be tried again. */
  refused: { id: string; reason: string }[]
}

/**
 * Has jobs that were discarded or cancelled tried again, at once and with as many attempts as they had at first. They keep
 * their errors, and get an entry that says who wanted it. Each comes before all others of its order key that have not
 * begun, and waits again for those of its dependencies that have not ended. Ids that are not there, or are of jobs that
 * have not ended or are completed, are in neither part of the answer. Those who work on the queues are to be told when
 * it is committed.
 * @throws AppError conflict for a filter by a kind that cannot be tried again, and where another job takes a unique key
 * at the same time
 */
export async function redriveJobs(
  tx: Transaction,
  selection: RedriveSelection,
  options: RedriveOptions,
): Promise<Redriven> {
  const jobs = await select(tx, selection, options.kinds)
  const refused = jobs.flatMap(({ id, kind }) => {
    const reason = options.kinds.get(kind)?.notRedriven
    return reason === undefined ? [] : [{ id, reason }]
  })
  const refusedIds = new Set(refused.map(({ id }) => id))
  const chosen = jobs.filter(({ id }) => !refusedIds.has(id))
  if (chosen.length > 0) await tryAgain(tx, chosen, options)
  return { redriven: chosen.map(({ id, queue }) => ({ id, queue })), refused }
}

function select(tx: Transaction, selection: RedriveSelection, kinds: RedriveOptions['kinds']): Promise<EndedJob[]> {
  if ('ids' in selection) return lockEndedJobs(tx, selection.tenantId, [...new Set(selection.ids)])
  const { kind } = selection
  const reason = kind === undefined ? undefined : kinds.get(kind)?.notRedriven
  if (reason !== undefined) throw new AppError('conflict', reason)
  const refusing = [...kinds.values()].filter(({ notRedriven }) => notRedriven !== undefined)
  return lockDiscardedJobs(
    tx,
    selection,
    refusing.map(refusingKind => refusingKind.kind),
  )
}

async function tryAgain(tx: Transaction, jobs: EndedJob[], { by, now }: RedriveOptions): Promise<void> {
  const ids = jobs.map(({ id }) => id)
  const places = await makePlaces(tx, jobs)
  const rows = jobs.map(({ id }) => ({ id, orderPosition: places.get(id) ?? null }))
  try {
    await makeAvailable(tx, rows, { by, now })
  } catch (error) {
    if (databaseFailure(error) !== 'unique') throw error
    throw new AppError('conflict', 'Another job takes the unique key of one of these just now. Try again.', {
      cause: error,
    })
  }
  await unblockOrderKeys(tx, ids)
  // Before any of these waits itself: those count all that they wait for anew.
  const dependedOn = jobs.filter(({ hasDependents }) => hasDependents).map(({ id }) => id)
  if (dependedOn.length > 0) await beWaitedForAgain(tx, dependedOn)
  await waitAgain(tx, ids)
}

/** Finds a place for each job with an order key: before all that wait, in the order that they had, but behind what runs. */
async function makePlaces(tx: Transaction, jobs: EndedJob[]): Promise<Map<string, number>> {
  const byKey = Map.groupBy(jobs, ({ orderKey }) => orderKey)
  byKey.delete(null)
  const keys = [...byKey.keys()].filter(key => key !== null)
  if (keys.length === 0) return new Map()
  await lockOrderKeys(tx, keys)
  const unfinished = Map.groupBy(await lockOrderPlaces(tx, keys), ({ orderKey }) => orderKey)
  const shifts: Shift[] = []
  const places = new Map<string, number>()
  for (const orderKey of keys) {
    const returning = (byKey.get(orderKey) ?? []).sort(byPlace)
    const { first, shiftBy } = room(unfinished.get(orderKey) ?? [], returning.length)
    if (shiftBy > 0) shifts.push({ orderKey, by: shiftBy })
    for (const [index, { id }] of returning.entries()) places.set(id, first + index)
  }
  if (shifts.length > 0) await shiftPlaces(tx, shifts)
  return places
}

const byPlace = (a: EndedJob, b: EndedJob): number =>
  (a.orderPosition ?? 0) - (b.orderPosition ?? 0) || (a.id < b.id ? -1 : 1)

/** Places are counted from 1: enqueuers take a key for empty where nothing unfinished has one. */
function room(unfinished: OrderPlace[], count: number): { first: number; shiftBy: number } {
  let running = 0
  let end = 0
  let next = Number.POSITIVE_INFINITY
  for (const place of unfinished) {
    end = Math.max(end, place.position)
    if (place.running) running = Math.max(running, place.position)
    else next = Math.min(next, place.position)
  }
  if (next === Number.POSITIVE_INFINITY) return { first: running + 1, shiftBy: 0 }
  if (next - running > count) return { first: next - count, shiftBy: 0 }
  return { first: end + 1, shiftBy: end - next + 1 + count }
}
