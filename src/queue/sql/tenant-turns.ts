/** Where a claim has come to among the jobs of one tenant. */
export interface Position {
  priority: number
  /** Milliseconds since 1970. */
  runAt: number
  id: string
}

/** A `Position` on Postgres, as what `json_build_object` takes; `job` is the table. */
export const positionOf = (job: string): string =>
  `'priority', ${job}.priority, 'id', ${job}.id, 'runAt', round(extract(epoch from ${job}.run_at) * 1000)`

/**
 * Tenants take turns, in a circle in the order of their ids: a claim looks at those behind `after`, and at `until` last.
 * `from` lets it begin among the jobs of `until` where the claim before has ended.
 */
export interface Turn {
  after: string
  until: string
  from: Position | null
}

export const firstTurn: Turn = { after: '', until: '', from: null }

/** Tenants that a claim looks at: each is worth a job. The others come next. */
export const tenantsAtMost = (limit: number): number => Math.min(64, limit)

/** What a claim has seen. */
export interface Seen {
  /** How many jobs it wanted, and how many it found. */
  limit: number
  found: number
  /** Tenants that it looked at, and the last of them: none where the queue was closed. */
  tenants: number
  lastTenant: string | null
  /** Whose job was the last to be taken; null where none was. */
  lastServed: string | null
  /** A tenant had as many jobs as it may have at once, and may have more. */
  shareTaken: boolean
  /** Of the last job that was taken. */
  position: Position | null
}

/** Where the next claim begins, and whether it could find something now. */
export function nextTurn(turn: Turn, seen: Seen): { next: Turn; more: boolean } {
  if (seen.lastTenant === null) return { next: turn, more: false }
  const circleFrom = (tenant: string): Turn => ({ after: tenant, until: tenant, from: null })
  if (seen.found >= seen.limit && seen.lastServed !== null) {
    const alone = seen.tenants === 1 && seen.lastServed === turn.until
    return { next: { ...circleFrom(seen.lastServed), from: alone ? seen.position : null }, more: true }
  }
  // Nothing that can be claimed lies behind: the circle stays as it is until all of it has been seen.
  if (seen.lastTenant !== turn.until) {
    const next = circleFrom(seen.lastTenant)
    return { next: seen.found > 0 ? next : { ...next, until: turn.until }, more: true }
  }
  // With one who had work: a share is kept for the last tenant of a circle without looking.
  return { next: circleFrom(seen.lastServed ?? turn.until), more: seen.shareTaken || turn.from !== null }
}

/**
 * How many jobs a claim takes of the `n`th of so many tenants, at most. Where some have fewer it takes less than it could,
 * and the next claim finds the others: what it locked and then left would be hidden from other workers meanwhile.
 */
export const shareOf = (limit: number, tenants: number, n: number): number =>
  Math.floor(limit / tenants) + (n <= limit % tenants ? 1 : 0)

const waiting = (queue: string, tenants: string) =>
  `(select min(j.tenant_id) from jobs j where j.queue = ${queue} and j.state = 'available' and ${tenants})`

/**
 * The tenants of a turn as the recursive table `walk (tenant_id, n)`, from 1; row 0 is where it begins. Reads one entry of
 * the index `jobs_to_claim` for each: the next one that is greater. `until` is there unseen, if there is time for it; null
 * in its place where it is nobody's id.
 * @param given how the statement names what it is given
 * @param when the condition under which there is anything at all
 */
export const walk = (
  given: { queue: string; after: string; until: string; tenants: string },
  when: string,
): string => `walk (tenant_id, n) as (
  select ${given.after}, 0 where ${when}
  union all
  select case when walk.tenant_id >= ${given.until}
    then coalesce(${waiting(given.queue, 'j.tenant_id > walk.tenant_id')},
                  ${waiting(given.queue, `j.tenant_id < ${given.until}`)}, nullif(${given.until}, ''))
    else coalesce(${waiting(given.queue, `j.tenant_id > walk.tenant_id and j.tenant_id < ${given.until}`)}, ${given.until})
    end, n + 1
  from walk where n < ${given.tenants} and (n = 0 or walk.tenant_id <> ${given.until}))`
