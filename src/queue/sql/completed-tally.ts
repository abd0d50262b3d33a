import type { Hold } from './hold-jobs.ts'

export interface CompletedJob {
  id: string
  state: 'completed'
  has_dependents: number
}

/** One row that says of the jobs in `table` what is not known: mostly that they are all that were meant ($1, as JSON). */
export const tallyOf = (table: string): string => `
select json_agg(id) filter (where has_dependents = 1)::text dependents,
  case when count(*) < json_array_length($1::json) then coalesce(json_agg(id)::text, '[]') end ids
from ${table}`

export interface Tally {
  /** JSON, or null where there are none. */
  dependents: string | null
  /** JSON: those that were written, where some were not; else null. */
  ids: string | null
}

/** The jobs that a tally tells of. */
export function completedJobs(holds: Hold[], [tally]: Tally[]): CompletedJob[] {
  if (!tally) return []
  const parse = (ids: string): Set<unknown> => new Set(JSON.parse(ids))
  const dependents = parse(tally.dependents ?? '[]')
  const written = tally.ids === null ? null : parse(tally.ids)
  const mine = written ? holds.filter(({ jobId }) => written.has(jobId)) : holds
  return mine.map(({ jobId }) => ({ id: jobId, state: 'completed', has_dependents: Number(dependents.has(jobId)) }))
}
