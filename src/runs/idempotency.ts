import type { Transaction } from '../db/database.ts'
import { AppError } from '../errors.ts'

export interface IdempotencyClaim {
  tenantId: string
  key: string
  /** SHA-256 of the request. */
  requestDigest: string
  /** The run to be made, if the key is new. */
  runId: string
  createdAt: number
}

const claimSqlite = `
insert into idempotency_keys (tenant_id, key, request_digest, run_id, created_at)
select value->>'tenantId', value->>'key', value->>'requestDigest', value->>'runId', value->>'createdAt'
from json_each(?1) where true
on conflict (tenant_id, key) do nothing returning run_id`

const claimPostgres = `
insert into idempotency_keys (tenant_id, key, request_digest, run_id, created_at)
select "tenantId", "key", "requestDigest", "runId", to_timestamp("createdAt" / 1000)
from json_to_recordset($1::json)
  as c("tenantId" text, "key" text, "requestDigest" text, "runId" text, "createdAt" float8)
order by 1, 2
on conflict (tenant_id, key) do nothing returning run_id`

const readSqlite = 'select request_digest, run_id from idempotency_keys where tenant_id = ?1 and key = ?2'
const readPostgres = 'select request_digest, run_id from idempotency_keys where tenant_id = $1 and key = $2'

/**
 * Claims keys for runs about to be made. Returns, for those that were used before, the run they were used for.
 * @throws AppError `idempotency_mismatch` when a key was used for another request
 */
export async function claimIdempotencyKeys(tx: Transaction, claims: IdempotencyClaim[]): Promise<Map<string, string>> {
  const repeated = new Map<string, string>()
  if (claims.length === 0) return repeated
  const sqlite = tx.dialect === 'sqlite'
  const won = await tx.query<{ run_id: string }>(sqlite ? claimSqlite : claimPostgres, [JSON.stringify(claims)])
  const winners = new Set(won.map(row => row.run_id))
  for (const claim of claims) {
    if (winners.has(claim.runId)) continue
    const [earlier] = await tx.query<{ request_digest: string; run_id: string }>(sqlite ? readSqlite : readPostgres, [
      claim.tenantId,
      claim.key,
    ])
    if (!earlier) throw new AppError('conflict', 'The idempotency key is just being released. Try again.')
    if (earlier.request_digest !== claim.requestDigest) {
      throw new AppError(
        'idempotency_mismatch',
        `This idempotency key was used for run ${earlier.run_id} with a different request.`,
      )
    }
    repeated.set(claim.runId, earlier.run_id)
  }
  return repeated
}
