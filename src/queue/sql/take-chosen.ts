import { listedColumns } from './claimed-row.ts'
import { takenMeanwhile } from './claimed-together.ts'

/**
 * For Postgres: begins the jobs of the table `chosen` (`tid`, `id`), whose rows are locked, as the table `claimed`. They stay
 * where they are, so they are found again by their place. One that somebody has changed since the statement began is not:
 * it is left. `any(array(…))`: joined, a table of middling size would be read as a whole.
 * @param given how the statement names what it is given; `clock` is its time
 * @param which those of them that are free; default: all that nobody has claimed meanwhile
 */
export const takeChosen = (
  given: { queue: string; worker: string; leaseMs: string },
  which = `id not in ${takenMeanwhile(given.queue)}`,
): string => `
claimed as (
  update jobs set state = 'running', attempt = attempt + 1, worker = ${given.worker},
                  lease_expires_at = clock.now + ${given.leaseMs}::float8 * interval '1 ms',
                  started_at = coalesce(started_at, clock.now)
  from clock where jobs.ctid = any(array(select tid from chosen where ${which}))
  returning ${listedColumns})`
