/** A row of the audit log; `at` in milliseconds since 1970. */
export interface AuditRow {
  seq: number
  tenantId: string
  at: number
  actor: string
  action: string
  targetType: string
  targetId: string
  details: string
  requestId: string | null
  address: string | null
  previousHash: string
  hash: string
}

/** What the first row follows. */
export const chainStart = '0'.repeat(64)

/** SHA-256 in hex of all that a row says, the hash of the row before it among that. */
export const hashOf = (row: Omit<AuditRow, 'hash'>): string =>
  new Bun.CryptoHasher('sha256')
    .update(
      JSON.stringify([
        row.previousHash,
        row.seq,
        row.tenantId,
        row.at,
        row.actor,
        row.action,
        row.targetType,
        row.targetId,
        row.details,
        row.requestId,
        row.address,
      ]),
    )
    .digest('hex')
