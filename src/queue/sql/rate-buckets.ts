import type { Connection, Transaction } from '../../db/database.ts'
import type { Bucket } from '../limits.ts'

type Reader = Pick<Connection, 'dialect' | 'query'>

interface Row {
  key: string
  tokens: number
  refilled_at: number
  paused_until: number | null
}

const columns = 'key, tokens, refilled_at, paused_until'
const readSqlite = `select ${columns} from rate_buckets where queue = ?1 and key in (select value from json_each(?2))`
const readPostgres = `
select ${columns} from rate_buckets where queue = $1 and key = any(array(select json_array_elements_text($2::json)))`

/** The buckets of these keys, by the primary key; those that nobody has used are missing. */
export async function readBuckets(connection: Reader, queue: string, keys: string[]): Promise<Bucket[]> {
  const text = connection.dialect === 'sqlite' ? readSqlite : readPostgres
  const rows = await connection.query<Row>(text, [queue, JSON.stringify(keys)])
  return rows.map(row => ({
    key: row.key,
    tokens: row.tokens,
    refilledAt: row.refilled_at,
    pausedUntil: row.paused_until,
  }))
}

const writeSqlite = `
insert into rate_buckets (queue, key, tokens, refilled_at) values (?1, ?2, ?3, ?4)
on conflict (queue, key) do update set tokens = excluded.tokens, refilled_at = excluded.refilled_at`
const writePostgres = `
insert into rate_buckets (queue, key, tokens, refilled_at)
select $1, b.key, b.tokens, timestamptz 'epoch' + b."refilledAt" * interval '1 ms'
from json_to_recordset($2::json) b("key" text, "tokens" float8, "refilledAt" float8) order by b.key collate "C"
on conflict (queue, key) do update set tokens = excluded.tokens, refilled_at = excluded.refilled_at`

/** Stores what is left in buckets; their pauses stay as they are. For those who have locked the queue. */
export async function writeBuckets(tx: Transaction, queue: string, buckets: Bucket[]): Promise<void> {
  if (buckets.length === 0) return
  if (tx.dialect === 'postgres') await tx.query(writePostgres, [queue, JSON.stringify(buckets)])
  else
    await tx.queryEach(
      writeSqlite,
      buckets.map(({ key, tokens, refilledAt }) => [queue, key, tokens, refilledAt]),
    )
}
