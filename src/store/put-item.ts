import { sql } from 'drizzle-orm'
import type { Actor, AppContext } from '../context.ts'
import { invalidField } from '../errors.ts'
import type { Json } from '../json.ts'
import { largestValue, type StoreItem, toItem } from './item.ts'
import { readableText, wordsOf } from './words.ts'

export interface NewItem {
  namespace: string
  key: string
  value: Json
  /** Undefined: it is kept. */
  ttlSeconds?: number | undefined
}

/** Keeps a value under a key, in place of the one before. @throws AppError invalid_request where it is too large */
export async function putItem(
  { clock, database }: Pick<AppContext, 'clock' | 'database'>,
  { tenantId }: Pick<Actor, 'tenantId'>,
  { namespace, key, value, ttlSeconds }: NewItem,
): Promise<StoreItem> {
  if (Buffer.byteLength(JSON.stringify(value)) > largestValue)
    throw invalidField('/value', `It may have ${largestValue} bytes of JSON at most.`)
  const now = clock.now()
  const changed = {
    // For drivers null is no value, and not the JSON that it is here.
    value: value === null ? sql`'null'` : value,
    words: wordsOf(`${key}\n${readableText(value)}`).join(' '),
    updatedAt: now,
    expiresAt: ttlSeconds === undefined ? null : now + ttlSeconds * 1_000,
  }
  const [row] = await database.transaction(({ orm, tables: { storeItems } }) =>
    orm
      .insert(storeItems)
      .values({ tenantId, namespace, key, createdAt: now, ...changed })
      .onConflictDoUpdate({ target: [storeItems.tenantId, storeItems.namespace, storeItems.key], set: changed })
      .returning(),
  )
  if (!row) throw new Error('An item was not written.')
  return toItem(row)
}
