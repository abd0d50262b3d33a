import { eq } from 'drizzle-orm'
import type { Connection } from '../db/database.ts'
import type { Json } from '../json.ts'
import { type Overrides, parseSetting } from './setting.ts'

/** They are the service's, not a tenant's. */
export const settingsTenant = 'default'

/** What is set in the database. Rows of another version, which this one does not understand, count for nothing. */
export async function readOverrides({ orm, tables }: Pick<Connection, 'orm' | 'tables'>): Promise<Overrides> {
  const rows = await orm.select().from(tables.settings).where(eq(tables.settings.tenantId, settingsTenant))
  const overrides: Overrides = {}
  for (const row of rows) {
    // Safe: what is stored is JSON.
    const stored = row.value as Json
    const by = { at: row.updatedAt, by: row.updatedBy }
    if (row.name === 'log_level') {
      const value = parseSetting.log_level(stored)
      if (value !== undefined) overrides.log_level = { value, ...by }
    } else if (row.name === 'access_log_sample') {
      const value = parseSetting.access_log_sample(stored)
      if (value !== undefined) overrides.access_log_sample = { value, ...by }
    }
  }
  return overrides
}
