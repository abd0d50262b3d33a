import { and, desc, eq } from 'drizzle-orm'
import type { Connection } from '../../db/database.ts'

/** Of the last backup that was made, by whomever: when, in milliseconds, and its size where that is known. */
export async function readLastBackup({ orm, tables }: Connection): Promise<{ at: number; bytes: number } | null> {
  const { auditLog } = tables
  const [row] = await orm
    .select({ at: auditLog.at, details: auditLog.details })
    .from(auditLog)
    .where(and(eq(auditLog.tenantId, 'default'), eq(auditLog.action, 'backup.made')))
    .orderBy(desc(auditLog.seq))
    .limit(1)
  if (!row) return null
  const details: { bytes?: number } = JSON.parse(row.details)
  return { at: row.at, bytes: details.bytes ?? 0 }
}
