import type { Actor } from '../context.ts'
import type { Transaction } from '../db/database.ts'
import type { Json } from '../json.ts'
import type { AuditAction } from './action.ts'
import { type AuditRow, chainStart, hashOf } from './chain.ts'

export interface AuditEntry {
  action: AuditAction
  target: { type: string; id: string }
  /** What changed, without anything secret. */
  details?: { [key: string]: Json }
}

// Any fixed number. Writers of the chain take turns until they commit, so it is taken last in a transaction.
const lockNumber = 7_263_548_812

/** Puts down who did what, in the transaction that did it: both are on disk, or neither. `now` in milliseconds. */
export async function audit(tx: Transaction, actor: Actor, entry: AuditEntry, now: number): Promise<void> {
  if (tx.dialect === 'postgres') await tx.query(`select pg_advisory_xact_lock(${lockNumber})`, [])
  const [last] = await tx.query<{ seq: number; hash: string }>(
    'select seq, hash from audit_log order by seq desc limit 1',
    [],
  )
  const row: Omit<AuditRow, 'hash'> = {
    seq: (last?.seq ?? 0) + 1,
    tenantId: actor.tenantId,
    at: now,
    actor: actorName(actor),
    action: entry.action,
    targetType: entry.target.type,
    targetId: entry.target.id,
    details: JSON.stringify(entry.details ?? {}),
    requestId: actor.request?.id ?? null,
    address: actor.request?.address ?? null,
    previousHash: last?.hash ?? chainStart,
  }
  await tx.orm.insert(tx.tables.auditLog).values({ ...row, hash: hashOf(row) })
}

/** Who it was, as tables say it. */
export function actorName({ keyId, isSystem, isLink }: Actor): string {
  if (isSystem) return 'system'
  return isLink ? 'link' : (keyId ?? 'operator')
}
