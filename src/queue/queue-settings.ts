import type { Connection, Transaction } from '../db/database.ts'
import { lockNames } from '../db/lock-names.ts'
import { writeQueue } from './sql/write-queue.ts'

/** So many in each period; a bucket that has rested holds `limit` tokens. */
export interface Rate {
  limit: number
  periodMs: number
}

/** What holds for a queue on all processes; null: nothing. */
export interface QueueSettings {
  name: string
  /** Milliseconds since 1970; while it is set nothing begins. */
  pausedAt: number | null
  /** Jobs at a time. */
  concurrency: number | null
  /** Jobs at a time of each limit key. */
  keyConcurrency: number | null
  /** Starts of jobs. */
  rate: Rate | null
  /** Starts of jobs of each limit key. */
  keyRate: Rate | null
  /** Above so many unfinished jobs new ones are refused. */
  depthLimit: number | null
}

export const unlimitedQueue = (name: string): QueueSettings => ({
  name,
  pausedAt: null,
  concurrency: null,
  keyConcurrency: null,
  rate: null,
  keyRate: null,
  depthLimit: null,
})

/** What begins has to be counted. */
export const isLimited = (settings: QueueSettings): boolean =>
  settings.concurrency !== null ||
  settings.keyConcurrency !== null ||
  settings.rate !== null ||
  settings.keyRate !== null

/** What makes its claims one at a time, over all processes, and its settings the same for each of them. */
export const lockQueue = (tx: Transaction, name: string): Promise<void> => lockNames(tx, [`queue ${name}`])

interface Row {
  name: string
  paused_at: number | null
  concurrency: number | null
  key_concurrency: number | null
  rate_limit: number | null
  rate_period_ms: number | null
  key_rate_limit: number | null
  key_rate_period_ms: number | null
  depth_limit: number | null
}

const columns = `name, paused_at, concurrency, key_concurrency, rate_limit, rate_period_ms, key_rate_limit,
  key_rate_period_ms, depth_limit`

/** Queues of which something is set, by name; those of `names`, or all. A queue that is missing has no limits. */
export async function readQueues(
  connection: Pick<Connection, 'dialect' | 'query'>,
  names?: string[],
): Promise<QueueSettings[]> {
  const among =
    connection.dialect === 'sqlite'
      ? '(select value from json_each(?1))'
      : '(select json_array_elements_text($1::json))'
  const rows = await connection.query<Row>(
    `select ${columns} from queues ${names ? `where name in ${among}` : ''} order by name`,
    names ? [JSON.stringify(names)] : [],
  )
  return rows.map(row => ({
    name: row.name,
    pausedAt: row.paused_at,
    concurrency: row.concurrency,
    keyConcurrency: row.key_concurrency,
    rate: toRate(row.rate_limit, row.rate_period_ms),
    keyRate: toRate(row.key_rate_limit, row.key_rate_period_ms),
    depthLimit: row.depth_limit,
  }))
}

const toRate = (limit: number | null, periodMs: number | null): Rate | null =>
  limit === null || periodMs === null ? null : { limit, periodMs }

export async function readQueue(
  connection: Pick<Connection, 'dialect' | 'query'>,
  name: string,
): Promise<QueueSettings> {
  const [settings] = await readQueues(connection, [name])
  return settings ?? unlimitedQueue(name)
}

/**
 * Changes what is in the patch, for every process from its next claim on. They hear of it by a hint on the topic
 * `queue`, to be published after the commit, or by their poll.
 * @param now null on Postgres: its own clock
 */
export async function changeQueue(
  tx: Transaction,
  name: string,
  patch: Partial<Omit<QueueSettings, 'name'>>,
  now: number | null,
): Promise<QueueSettings> {
  await lockQueue(tx, name)
  const settings = { ...(await readQueue(tx, name)), ...patch }
  await writeQueue(tx, settings, now)
  return settings
}
