import { sql } from 'drizzle-orm'
import type { AppContext } from '../context.ts'
import type { Connection } from '../db/database.ts'
import { insertKey, type KeyInput, tellCreated } from './create-key.ts'

const firstKey: KeyInput = { name: 'first key', scopes: ['admin'], expiresAt: null }
const service = { tenantId: 'default', keyId: null, isSystem: true } as const

/** Makes the admin key of a fresh install. Null where there is any key already, in the table or from outside. */
export async function createFirstKey({
  database,
  clock,
  emit,
  config,
}: Pick<AppContext, 'database' | 'clock' | 'emit' | 'config'>): Promise<string | null> {
  if (config.apiKey !== null || (await anyKey(database))) return null
  const created = await database.transaction(async tx => {
    // Processes that start together take turns: one makes the key, the others find it.
    if (tx.dialect === 'postgres') await tx.query('lock table api_keys in share row exclusive mode', [])
    return (await anyKey(tx)) ? null : insertKey(tx, service, firstKey, clock.now())
  })
  if (!created) return null
  tellCreated({ emit }, created)
  return created.secret
}

async function anyKey({ orm, tables }: Connection): Promise<boolean> {
  const [row] = await orm.select({ one: sql`1` }).from(tables.apiKeys).limit(1)
  return row !== undefined
}
