import type { Param, Transaction } from '../../db/database.ts'
import { jobIdsOf } from './claimed-together.ts'

/** Which claims: by their ids, those that have any of these jobs, those of a queue, those whose lease has ended, or all. */
export type WhichClaims =
  | { ids: string[] }
  | { jobs: string[] }
  | { queue: string }
  | { leaseEndedBy: number | null }
  | 'all'

const columns = 'id, job_ids, worker, claimed_at, lease_expires_at'

const sqliteWhere = {
  ids: 'id in (select value from json_each(?1))',
  jobs: `exists (select 1 from ${jobIdsOf.sqlite('job_ids')} j where j.value in (select value from json_each(?1)))`,
  queue: 'queue = ?1',
  leaseEndedBy: 'lease_expires_at <= ?1',
  all: '?1 is null',
} as const

const sqliteTake = (where: string) => `delete from claims where ${where} returning ${columns}`

const sqliteRun = `
update jobs set state = 'running', attempt = attempt + 1, worker = ?2, lease_expires_at = ?3,
                started_at = coalesce(started_at, ?4)
where id in (select value from ${jobIdsOf.sqlite('?1')}) and state = 'available'`

const postgresWhere = {
  ids: 'id = any(array(select json_array_elements_text($1::json)))',
  jobs: `string_to_array(job_ids, ',') && array(select json_array_elements_text($1::json))`,
  queue: 'queue = $1',
  leaseEndedBy: `lease_expires_at <= coalesce($1::timestamptz, clock_timestamp())`,
  all: '$1::text is null',
} as const

// First the claims, then their jobs, both in the order of their ids, as whoever else writes both.
const postgres = (where: string) => `
with held as materialized (select ${columns} from claims where ${where} order by id for update),
gone as (delete from claims where id = any(array(select id from held))),
taken as materialized (
  select ${jobIdsOf.postgres('job_ids')} job_id, worker, claimed_at, lease_expires_at from held),
mine as materialized (
  select id from jobs where id = any(array(select job_id from taken)) and state || '' = 'available' order by id for update)
update jobs set state = 'running', attempt = attempt + 1, worker = taken.worker,
                lease_expires_at = taken.lease_expires_at, started_at = coalesce(started_at, taken.claimed_at)
from taken where jobs.id = any(array(select id from mine)) and jobs.id = taken.job_id`

interface Claim {
  job_ids: string
  worker: string
  claimed_at: number
  lease_expires_at: number
}

/**
 * Writes out what claims say: what has not ended of their jobs is `running` from then on, in its next attempt and with the
 * claim's worker and lease, and the claims are gone. Anybody may do so, at any time: their worker, before it writes
 * anything else of a job than that it has completed, and when one takes longer than a moment; and whoever has to know what
 * runs. Nobody changes a job that is in a claim without this.
 */
export async function writeOutClaims(tx: Transaction, which: WhichClaims): Promise<void> {
  const [kind, param] = paramOf(which)
  if (tx.dialect === 'postgres') {
    await tx.query(postgres(postgresWhere[kind]), [param])
    return
  }
  const claims = await tx.query<Claim>(sqliteTake(sqliteWhere[kind]), [param])
  if (claims.length === 0) return
  await tx.queryEach(
    sqliteRun,
    claims.map(claim => [claim.job_ids, claim.worker, claim.lease_expires_at, claim.claimed_at]),
  )
}

function paramOf(which: WhichClaims): [kind: keyof typeof sqliteWhere, param: Param] {
  if (which === 'all') return ['all', null]
  if ('ids' in which) return ['ids', JSON.stringify(which.ids)]
  if ('jobs' in which) return ['jobs', JSON.stringify(which.jobs)]
  if ('queue' in which) return ['queue', which.queue]
  return ['leaseEndedBy', which.leaseEndedBy]
}
