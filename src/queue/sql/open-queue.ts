/** What is set of a queue keeps jobs from beginning without being counted; `queue` is its name in the statement. */
export const limited = `paused_at is not null or concurrency is not null or key_concurrency is not null
    or rate_limit is not null or key_rate_limit is not null`

/**
 * Nothing holds the jobs of a queue back: no pause, no limit, no paused key. Two looks at small tables by their primary
 * keys, within the statement that begins jobs, so that it holds from the commit that set them.
 * @param queue the name of the queue, as the statement has it
 * @param now the time, as the statement has it
 */
export const openQueue = (queue: string, now: string): string => `(
  not exists (select 1 from queues where queues.name = ${queue} and (${limited}))
  and not exists (select 1 from rate_buckets where rate_buckets.queue = ${queue} and paused_until > ${now}))`
