import type { Actor, AppContext } from '../context.ts'
import { type StoreItem, toItem } from './item.ts'
import { listItems } from './read-items.ts'
import { wordsOf } from './words.ts'

/** `score`: higher fits better; only to be compared within one answer. */
export type FoundItem = StoreItem & { score: number }

interface Row {
  namespace: string
  key: string
  value: string
  created_at: number
  updated_at: number
  expires_at: number | null
  score: number
}

const columns = 'namespace, key, value, created_at, updated_at, expires_at'

const sqlite = `
select ${columns}, -bm25(store_words) score
from store_words join store_items on store_items.place = store_words.rowid
where store_words match ?1 and tenant_id = ?2
  and (?3 is null or namespace = ?3 or substr(namespace, 1, length(?4)) = ?4) and (expires_at is null or expires_at > ?5)
order by score desc, updated_at desc, place desc limit ?6`

const postgres = `
select ${columns}, ts_rank(to_tsvector('simple', words), query)::float8 score
from store_items, to_tsquery('simple', $1) query
where to_tsvector('simple', words) @@ query and tenant_id = $2
  and ($3::text is null or namespace = $3::text or substr(namespace, 1, length($4::text)) = $4::text)
  and (expires_at is null or expires_at > $5::timestamptz)
order by score desc, updated_at desc, place desc limit $6`

/** A search looks for no more of them. */
const mostWords = 32

/**
 * Items in which a word begins as one of the query's, those that fit best first; without words, the first in order. By
 * FTS5 on SQLite and a text search vector on Postgres.
 */
export async function searchItems(
  app: Pick<AppContext, 'clock' | 'database'>,
  actor: Pick<Actor, 'tenantId'>,
  { query, namespace, limit }: { query: string; namespace?: string | undefined; limit: number },
): Promise<FoundItem[]> {
  const words = [...new Set(wordsOf(query))].slice(0, mostWords)
  if (words.length === 0) {
    return (await listItems(app, actor, { namespace, limit })).map(item => ({ ...item, score: 0 }))
  }
  const { database, clock } = app
  const isSqlite = database.dialect === 'sqlite'
  // A word is letters and digits: none can be taken for a sign of the query's language.
  const match = words.map(word => (isSqlite ? `"${word}"*` : `'${word}':*`)).join(isSqlite ? ' OR ' : ' | ')
  const rows = await database.query<Row>(isSqlite ? sqlite : postgres, [
    match,
    actor.tenantId,
    namespace ?? null,
    namespace === undefined ? null : `${namespace}/`,
    clock.now(),
    limit,
  ])
  return rows.map(({ value, created_at, updated_at, expires_at, ...row }) => ({
    ...toItem({
      ...row,
      value: JSON.parse(value),
      createdAt: created_at,
      updatedAt: updated_at,
      expiresAt: expires_at,
    }),
    score: row.score,
  }))
}
