/** What a claim's column `job_ids` holds, as a table of one column, `value`. */
export const jobIdsOf = {
  sqlite: (column: string): string => `json_each('["' || replace(${column}, ',', '","') || '"]')`,
  postgres: (column: string): string => `unnest(string_to_array(${column}, ','))`,
} as const

/**
 * No claim of the queue has the job `j`: else it is taken, though its row says `available`. The subquery stands for
 * itself, so that both engines ask it once for all jobs.
 * @param queue the name of the queue, as the statement has it
 */
export const inNoClaim = {
  sqlite: (queue: string): string => `j.id not in (
      select ids.value from claims c, ${jobIdsOf.sqlite('c.job_ids')} ids where c.queue = ${queue})`,
  postgres: (queue: string): string => `j.id not in (
      select ${jobIdsOf.postgres('c.job_ids')} from claims c where c.queue = ${queue})`,
} as const

/**
 * For Postgres: the ids in claims of the queue as they are once the rows of the table `chosen` are locked. The statement's
 * own view may be older: a claim that was committed since, by one that only locked its rows, is seen by this alone.
 */
export const takenMeanwhile = (queue: string): string =>
  `(select claimed_together(${queue}, (select count(*) from chosen)))`
