import type { InferSelectModel } from 'drizzle-orm'
import type { Tables } from '../db/tables.ts'
import type { Json } from '../json.ts'

/** One value that was kept under a key. Times are milliseconds since 1970. */
export interface StoreItem {
  namespace: string
  key: string
  value: Json
  createdAt: number
  updatedAt: number
  /** Null: it is kept. */
  expiresAt: number | null
}

/** One to eight labels with `/` between them. */
const label = '[A-Za-z0-9_.@:%=+-]{1,64}'
export const namespacePattern = `^${label}(?:/${label}){0,7}$`

/** JSON text, in bytes. */
export const largestValue = 65_536

type Row = Pick<InferSelectModel<Tables['storeItems']>, keyof StoreItem>

// Checked when it was written.
export const toItem = ({ namespace, key, value, createdAt, updatedAt, expiresAt }: Row): StoreItem => ({
  namespace,
  key,
  value: value as Json,
  createdAt,
  updatedAt,
  expiresAt,
})
