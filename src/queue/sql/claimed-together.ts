import type { Dialect } from '../../db/database.ts'

/** What a claim's column `job_ids` holds, as a table of one column, `value`. */
export const jobIdsOf = {
  sqlite: (column: string): string => `json_each('["' || replace(${column}, ',', '","') || '"]')`,
  postgres: (column: string): string => `unnest(string_to_array(${column}, ','))`,
} as const

/**
 * No claim of the queue has the job `j`: else it is taken, though its row says `available`. The subquery stands for
 * itself, so that both engines ask it once for all jobs.
 * @param queue the name of the queue, as the statement has it
 * @param but ids of claims that need no look, as it has them; for Postgres only
 */
export const inNoClaim: Record<Dialect, (queue: string, but?: string) => string> = {
  sqlite: queue => `j.id not in (
      select ids.value from claims c, ${jobIdsOf.sqlite('c.job_ids')} ids where c.queue = ${queue})`,
  postgres: (queue, but = '') => `j.id not in (
      select ${jobIdsOf.postgres('c.job_ids')} from claims c where c.queue = ${queue}${but && ` and c.id <> all(${but}::text[])`})`,
}

/**
 * For Postgres, as a column `id`: the ids in claims of the queue that were committed since the statement began, read when
 * the rows of the table `chosen` are locked. Its own view says nothing of them, and their rows look untouched, as who
 * claims together only locks them. Those of before are for `inNoClaim`.
 */
export const takenMeanwhile = (queue: string): string =>
  `(select claimed_since(${queue}, array(select id from claims where queue = ${queue}), (select count(*) from chosen)) id)`
