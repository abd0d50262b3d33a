import { t } from 'elysia'
import type { Listing } from '../http/cursor.ts'
import { iso, isoOrNull } from '../http/iso-time.ts'
import { nameText } from '../http/params.ts'
import { namespacePattern, type StoreItem } from './item.ts'
import type { FoundItem } from './search-items.ts'

const example = {
  object: 'item' as const,
  namespace: 'users/ana',
  key: 'drinks',
  value: { likes: 'green tea' },
  created_at: '2026-11-26T09:39:29.212Z',
  updated_at: '2026-11-26T09:39:29.212Z',
  expires_at: null,
}

export const Namespace = t.String({
  pattern: namespacePattern,
  maxLength: 519,
  description: 'One to eight labels with `/` between them, each of letters, digits and `_.@:%=+-`.',
  examples: ['users/ana'],
})
export const ItemKey = nameText({
  minLength: 1,
  maxLength: 256,
  description: 'Its name within the namespace.',
  examples: ['drinks'],
})

export const ItemBody = t.Object(
  {
    namespace: Namespace,
    key: ItemKey,
    value: t.Unknown({ description: 'Any JSON, of at most 64 KiB.' }),
    ttl_seconds: t.Optional(
      t.Integer({ minimum: 1, maximum: 315_360_000, description: 'It is gone after that. Without: it is kept.' }),
    ),
  },
  {
    additionalProperties: false,
    title: 'NewItem',
    examples: [{ namespace: 'users/ana', key: 'drinks', value: { likes: 'green tea' } }],
  },
)

const fields = {
  object: t.Literal('item'),
  namespace: t.String(),
  key: t.String(),
  value: t.Unknown(),
  created_at: t.String({ format: 'date-time' }),
  updated_at: t.String({ format: 'date-time' }),
  expires_at: t.Nullable(t.String({ format: 'date-time' })),
}

export const ItemObject = t.Object(fields, {
  title: 'Item',
  description: 'A value that is kept under a key.',
  examples: [example],
})

export const SearchBody = t.Object(
  {
    query: t.String({ maxLength: 4_000, description: 'Words to look for; without any, the first items.' }),
    namespace: t.Optional(Namespace),
    limit: t.Optional(t.Integer({ minimum: 1, maximum: 100, default: 10 })),
  },
  { additionalProperties: false, title: 'ItemSearch', examples: [{ query: 'tea', namespace: 'users' }] },
)

export const FoundObject = t.Object(
  {
    object: t.Literal('list'),
    data: t.Array(t.Object({ ...fields, score: t.Number({ description: 'Higher fits better, within this answer.' }) })),
  },
  { title: 'FoundItems', examples: [{ object: 'list', data: [{ ...example, score: 0.06 }] }] },
)

export const itemToWire = ({ namespace, key, value, createdAt, updatedAt, expiresAt }: StoreItem) => ({
  object: 'item' as const,
  namespace,
  key,
  value,
  created_at: iso(createdAt),
  updated_at: iso(updatedAt),
  expires_at: isoOrNull(expiresAt),
})

export const foundToWire = ({ score, ...item }: FoundItem) => ({ ...itemToWire(item), score })

export const itemList: Listing<Pick<StoreItem, 'namespace' | 'key'>> = {
  name: 'items',
  position: ({ namespace, key }) => JSON.stringify([namespace, key]),
  pattern: /^\["[^"\\]{1,519}",".{1,1600}"\]$/su,
}

/** What `itemList` has written. */
export function itemPosition(text: string | undefined): Pick<StoreItem, 'namespace' | 'key'> | undefined {
  if (text === undefined) return undefined
  const [namespace, key]: [string, string] = JSON.parse(text)
  return { namespace, key }
}

export const namespaceList: Listing<string> = {
  name: 'namespaces',
  position: namespace => namespace,
  pattern: new RegExp(namespacePattern),
}
