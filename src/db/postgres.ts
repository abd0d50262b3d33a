import { drizzle } from 'drizzle-orm/pg-proxy'
import postgres from 'postgres'
import type { Connection, Database, Orm, Param, Transaction } from './database.ts'
import { databaseFailure } from './failure.ts'
import * as schema from './schema.postgres.ts'
import type { Tables } from './tables.ts'

// The drivers' seam: times are milliseconds and JSON is text, as on SQLite.
const types = {
  time: { to: 1184, from: [1184], serialize: (ms: number) => new Date(ms).toISOString(), parse: Date.parse },
  json: { to: 114, from: [114, 3802], serialize: (text: string) => text, parse: (text: string) => text },
  int8: { to: 20, from: [20], serialize: String, parse: Number },
}

type Client = ReturnType<typeof connectPostgres>
type Lane = Pick<Client, 'unsafe'> | Parameters<Parameters<Client['begin']>[1]>[0]

const attemptsAfterDeadlock = 5

const connectPostgres = (url: string, poolSize: number) =>
  postgres(url, {
    types,
    max: poolSize,
    // Saves a round trip on each connection; arrays are passed as JSON.
    fetch_types: false,
    connect_timeout: 10,
    connection: { application_name: 'bunkhouse' },
    onnotice: () => {},
  })

export function openPostgres(url: string, poolSize: number): PostgresDatabase {
  return new PostgresDatabase(connectPostgres(url, poolSize), poolSize)
}

export class PostgresDatabase implements Database {
  readonly dialect = 'postgres'
  readonly orm: Orm
  readonly tables: Tables = schema
  readonly query: Connection['query']
  readonly client: Client
  readonly #poolSize: number
  #active = 0
  #waiting = 0

  constructor(client: Client, poolSize: number) {
    this.client = client
    this.#poolSize = poolSize
    const pooled = connection(client)
    this.orm = pooled.orm
    this.query = pooled.query
  }

  async transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#once(work)
      } catch (error) {
        if (databaseFailure(error) !== 'deadlock' || attempt === attemptsAfterDeadlock) throw error
      }
    }
  }

  stats() {
    return { waiting: this.#waiting, active: this.#active, size: this.#poolSize }
  }

  async close(): Promise<void> {
    await this.client.end({ timeout: 5 })
  }

  async #once<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    this.#waiting++
    let begun = false
    const leaveQueue = () => {
      if (!begun) this.#waiting--
      begun = true
    }
    try {
      // The driver's own `begin`: it alone notices a connection that closes between two statements.
      const outcome = await this.client.begin(async lane => {
        leaveQueue()
        this.#active++
        try {
          return { value: await work({ ...connection(lane), inTransaction: true }) }
        } finally {
          this.#active--
        }
      })
      return outcome.value
    } finally {
      leaveQueue()
    }
  }
}

function connection(lane: Lane): Connection {
  let orm: Orm | undefined
  return {
    dialect: 'postgres',
    tables: schema,
    get orm() {
      orm ??= drizzle(async (text, params) => {
        const rows = await lane.unsafe(text, params, { prepare: true }).values()
        return { rows: [...rows] }
      })
      return orm
    },
    query: async <Row>(text: string, params: Param[]) => {
      const rows = await lane.unsafe(text, params, { prepare: true })
      return rows as unknown as Row[] // the statement's select list is the caller's to know
    },
  }
}
