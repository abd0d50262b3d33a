import type { Connection, Param } from '../../db/database.ts'
import { type JobState, unfinishedStates } from '../../queue/job-state.ts'

/** So few that reading them all is quick. */
const few = 1_000

/** States that have a partial index. */
const indexed: readonly JobState[] = [...unfinishedStates, 'discarded']

export interface Narrowing {
  state: JobState
  queue: string | undefined
  orderKeys: string[] | undefined
}

/**
 * Ids of all the jobs that fit, of whichever tenant, where an index names them and they are few; else null. The state
 * stands in the statement itself, as a partial index is used only where the statement says what it is of.
 */
export async function fewJobs(
  { dialect, query }: Pick<Connection, 'dialect' | 'query'>,
  { state, queue, orderKeys }: Narrowing,
): Promise<string[] | null> {
  const params: Param[] = []
  const place = (value: Param) => `${dialect === 'sqlite' ? '?' : '$'}${params.push(value)}`
  const fits = [`state = '${state}'`]
  if (queue !== undefined) fits.push(`queue = ${place(queue)}`)
  if (!indexed.includes(state)) return null
  if (orderKeys && state !== 'discarded') {
    const keys = orderKeys.map(place).join(', ')
    fits.push(`order_key in (${keys})`, 'finished_at is null')
  }
  const rows = await query<{ id: string }>(`select id from jobs where ${fits.join(' and ')} limit ${few + 1}`, params)
  return rows.length > few ? null : rows.map(row => row.id)
}
