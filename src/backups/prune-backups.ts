import { and, eq, inArray } from 'drizzle-orm'
import type { Database } from '../db/database.ts'
import type { Destination } from './destination.ts'

/**
 * Deletes all but the newest ones, of those that this service has made by itself: its audit log says which. Another one may
 * keep its own at the same place. Returns the names of what is gone.
 */
export async function pruneBackups(database: Database, destination: Destination, keep: number): Promise<string[]> {
  const names = (await destination.list()).map(({ name }) => name)
  const own = await madeHere(database, names)
  const old = names.filter(name => own.has(name)).slice(keep)
  for (const name of old) await destination.remove(name)
  return old
}

/** Of these names, those of backups that this database's own jobs have made. */
export async function madeHere({ orm, tables }: Database, names: string[]): Promise<Set<string>> {
  const { auditLog } = tables
  const made = new Set<string>()
  for (let from = 0; from < names.length; from += 500) {
    const rows = await orm
      .select({ name: auditLog.targetId })
      .from(auditLog)
      .where(
        and(
          eq(auditLog.tenantId, 'default'),
          inArray(auditLog.targetId, names.slice(from, from + 500)),
          eq(auditLog.action, 'backup.made'),
          eq(auditLog.actor, 'system'),
        ),
      )
    for (const { name } of rows) made.add(name)
  }
  return made
}
