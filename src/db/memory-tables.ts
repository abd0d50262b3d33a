import { sql } from 'drizzle-orm'
import type { Kit } from './kit.ts'

/** What agents and their users keep beyond a conversation. */
export const memoryTables = (kit: Kit) => {
  const { table, text, int, time, json, bytes, serial, index, uniqueIndex, check } = kit
  const tenantId = () => text('tenant_id').notNull().default('default')

  /** Values by namespace and key. Their words are indexed for search by each engine's own means: see the migration. */
  const storeItems = table(
    'store_items',
    {
      /** What the index of words points to. */
      place: serial('place'),
      tenantId: tenantId(),
      /** Labels with `/` between them. */
      namespace: text('namespace').notNull(),
      key: text('key').notNull(),
      value: json('value').notNull(),
      /** Of key and value, in lower case, with spaces between them. */
      words: text('words').notNull(),
      createdAt: time('created_at').notNull(),
      updatedAt: time('updated_at').notNull(),
      expiresAt: time('expires_at'),
    },
    t => [
      uniqueIndex('store_items_by_key').on(t.tenantId, t.namespace, t.key),
      index('store_items_to_expire').on(t.expiresAt).where(sql`expires_at is not null`),
    ],
  )

  /** What is attached to messages. */
  const files = table(
    'files',
    {
      id: text('id').primaryKey(),
      tenantId: tenantId(),
      name: text('name').notNull(),
      mediaType: text('media_type').notNull(),
      bytes: int('bytes').notNull(),
      content: bytes('content').notNull(),
      createdAt: time('created_at').notNull(),
      expiresAt: time('expires_at'),
    },
    t => [
      index('files_by_tenant').on(t.tenantId, t.id),
      index('files_to_expire').on(t.expiresAt).where(sql`expires_at is not null`),
      check('file_has_content', sql`bytes > 0`),
    ],
  )

  return { storeItems, files }
}
