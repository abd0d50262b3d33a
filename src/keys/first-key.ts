import { sql } from 'drizzle-orm'
import type { AppContext } from '../context.ts'
import { createKey } from './create-key.ts'

/** Makes the admin key of a fresh install. Null where there is any key already, in the table or from outside. */
export async function createFirstKey(
  app: Pick<AppContext, 'database' | 'clock' | 'emit' | 'config'>,
): Promise<string | null> {
  if (app.config.apiKey !== null) return null
  const { orm, tables } = app.database
  const [row] = await orm.select({ one: sql`1` }).from(tables.apiKeys).limit(1)
  if (row) return null
  const { secret } = await createKey(app, {
    tenantId: 'default',
    name: 'first key',
    scopes: ['admin'],
    expiresAt: null,
  })
  return secret
}
