import type { Connection, Database, Orm, Param, Transaction } from '../../src/db/database.ts'
import type { Tables } from '../../src/db/tables.ts'

/** What happens to a transaction; `run` does it. */
export type Trouble = <T>(run: () => Promise<T>) => Promise<T>

const connectionLost = () => Object.assign(new Error('The connection is lost.'), { code: 'CONNECTION_CLOSED' })

/** Nothing is done. */
export const unavailable: Trouble = async () => {
  throw connectionLost()
}

/** All is done and committed, but the answer never comes. */
export const answerLost: Trouble = async run => {
  await run()
  throw connectionLost()
}

/** Waits until it is released: before it does anything, or with what has been done. */
export function held(when: 'before' | 'after' = 'before') {
  const entered = Promise.withResolvers<void>()
  const released = Promise.withResolvers<void>()
  const trouble: Trouble = async run => {
    const done = when === 'after' ? await run() : undefined
    entered.resolve()
    await released.promise
    return done ?? run()
  }
  return { trouble, entered: entered.promise, release: () => released.resolve() }
}

/** A database whose transactions can be got into trouble. */
export class TroubledDatabase implements Database {
  readonly dialect: Database['dialect']
  readonly orm: Orm
  readonly tables: Tables
  readonly #inner: Database
  readonly #next: Trouble[] = []
  readonly #nextReadings: Trouble[] = []
  /** Of every transaction for which no other is meant, and of readings. */
  outage = false
  transactions = 0

  constructor(inner: Database) {
    this.#inner = inner
    this.dialect = inner.dialect
    this.orm = inner.orm
    this.tables = inner.tables
  }

  /** For the next transactions, one each. */
  next(...troubles: Trouble[]): void {
    this.#next.push(...troubles)
  }

  /** For the next hand-written readings. */
  nextReading(...troubles: Trouble[]): void {
    this.#nextReadings.push(...troubles)
  }

  readonly query: Connection['query'] = <Row>(text: string, params: Param[]) => {
    const run = () => this.#inner.query<Row>(text, params)
    const trouble = this.#nextReadings.shift() ?? (this.outage ? unavailable : undefined)
    return trouble ? trouble(run) : run()
  }

  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.#write(() => this.#inner.transaction(work))
  }

  single<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.#write(() => this.#inner.single(work))
  }

  #write<T>(run: () => Promise<T>): Promise<T> {
    this.transactions++
    const trouble = this.#next.shift() ?? (this.outage ? unavailable : undefined)
    return trouble ? trouble(run) : run()
  }

  stats() {
    return this.#inner.stats()
  }

  close(): Promise<void> {
    return this.#inner.close()
  }
}
