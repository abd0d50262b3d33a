import { drizzle } from 'drizzle-orm/pg-proxy'
import type { Connection, Database, Orm, Param, Transaction } from './database.ts'
import { databaseFailure } from './failure.ts'
import type { Plans, PostgresLane } from './postgres-lane.ts'
import { PostgresPool } from './postgres-pool.ts'
import * as schema from './schema.postgres.ts'
import type { Tables } from './tables.ts'

/** Runs one statement on a connection and gives its rows: as objects, or as arrays in the order of the select list. */
type Send = (text: string, params: Param[], rows: 'objects' | 'arrays') => Promise<unknown[]>

const attemptsAfterDeadlock = 5

export class PostgresDatabase implements Database {
  readonly dialect = 'postgres'
  readonly orm: Orm
  readonly tables: Tables = schema
  readonly query: Connection['query']
  readonly url: string
  readonly #pool: PostgresPool

  constructor(url: string, poolSize: number) {
    this.url = url
    this.#pool = new PostgresPool(url, poolSize)
    const pooled = connection((text, params, rows) => this.#read(text, params, rows))
    this.orm = pooled.orm
    this.query = pooled.query
  }

  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.#tried(() => this.#once(work))
  }

  single<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.#tried(() => this.#alone(work))
  }

  async #tried<T>(once: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await once()
      } catch (error) {
        if (databaseFailure(error) !== 'deadlock' || attempt === attemptsAfterDeadlock) throw error
      }
    }
  }

  stats() {
    return { waiting: this.#pool.waiting, active: this.#pool.lent, size: this.#pool.size }
  }

  close(): Promise<void> {
    return this.#pool.close()
  }

  async #read(...statement: Parameters<Send>): Promise<unknown[]> {
    const lane = await this.#pool.take()
    try {
      return await sendOn(lane)(...statement)
    } finally {
      this.#pool.give(lane)
    }
  }

  async #alone<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    const lane = await this.#pool.take()
    let sent = 0
    const only: Send = (text, params, rows) => {
      if (++sent > 1) throw new Error('Only one statement is a transaction by itself.')
      return sendOn(lane, 'settled')(text, params, rows)
    }
    try {
      return await work(inTransaction(only))
    } finally {
      this.#pool.give(lane)
    }
  }

  async #once<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    const lane = await this.#begun()
    try {
      return await finish(lane, work)
    } finally {
      this.#pool.give(lane)
    }
  }

  /** A connection with an open transaction. One that broke while it was idle shows only now, and another is tried. */
  async #begun(): Promise<PostgresLane> {
    for (;;) {
      const lane = await this.#pool.take()
      const { proven } = lane
      try {
        await sendOn(lane)('begin', [], 'objects')
        return lane
      } catch (error) {
        this.#pool.give(lane)
        if (!proven || !lane.broken) throw error
      }
    }
  }
}

/** Does the work in the transaction that is open on the connection, and ends that either way. */
async function finish<T>(lane: PostgresLane, work: (tx: Transaction) => Promise<T>): Promise<T> {
  const send = sendOn(lane)
  let failed: { error: unknown } | undefined
  const watched: Send = (text, params, rows) =>
    send(text, params, rows).catch((error: unknown) => {
      failed ??= { error }
      throw error
    })
  try {
    const value = await work(inTransaction(watched))
    // After a failed statement Postgres answers a commit by rolling back, without a word.
    if (failed) throw failed.error
    await send('commit', [], 'objects')
    return value
  } catch (error) {
    // A transaction whose connection has broken is over. One that cannot be rolled back takes its connection with it.
    if (!lane.broken) await send('rollback', [], 'objects').catch(() => lane.end())
    throw error
  }
}

const sendOn =
  (lane: PostgresLane, plans?: Plans): Send =>
  (text, params, rows) =>
    lane.run<unknown[]>(client => {
      const statement = client.unsafe<Record<string, unknown>[]>(text, params, { prepare: true })
      return rows === 'arrays' ? statement.values() : statement
    }, plans)

/** Not by spreading it, which would make Drizzle's part for whoever does without. */
const inTransaction = (send: Send): Transaction => Object.assign(connection(send), { inTransaction: true as const })

function connection(send: Send): Omit<Transaction, 'inTransaction'> {
  let orm: Orm | undefined
  const query = async <Row>(text: string, params: Param[]) => {
    const rows = await send(text, params, 'objects')
    return rows as Row[] // the statement's select list is the caller's to know
  }
  return {
    dialect: 'postgres',
    tables: schema,
    get orm() {
      orm ??= drizzle(async (text, params) => ({ rows: [...(await send(text, params, 'arrays'))] }))
      return orm
    },
    query,
    queryEach: async <Row>(text: string, params: Param[][]) =>
      (await Promise.all(params.map(each => query<Row>(text, each)))).flat(),
  }
}
