import postgres from 'postgres'
import { limitTransactions } from './transaction-limit.ts'

// The drivers' seam: times are milliseconds and JSON is text, as on SQLite.
const types = {
  time: { to: 1184, from: [1184], serialize: (ms: number) => new Date(ms).toISOString(), parse: Date.parse },
  json: { to: 114, from: [114, 3802], serialize: (text: string) => text, parse: (text: string) => text },
  int8: { to: 20, from: [20], serialize: String, parse: Number },
}

/**
 * The server ends a transaction whose process has fallen silent (a stopped process, a machine that is gone): else its
 * locks would keep others from taking over its jobs. The first limit does not see a client that is silent in the middle
 * of a statement, which is for end-silent-sessions.ts; keepalives see one whose machine is gone, and from version 17 on there is a limit for the whole.
 * Said by statements, as poolers refuse such parameters.
 */
const endSilentTransactions = `
set idle_in_transaction_session_timeout = '10s';
set tcp_keepalives_idle = 10;
set tcp_keepalives_interval = 5;
set tcp_keepalives_count = 3;
${limitTransactions('1min')}`

type Client = ReturnType<typeof connectPostgres>

/**
 * How statements are planned: `weighed`, as the server does by itself, again and again for their values where it expects
 * that to pay; or `settled`, once for a connection. Planning a claim takes longer than claiming a job, and its values say
 * nothing about how to go. It goes by an index in its order, without bitmaps: planned while the table was known as empty
 * it would else read all that waits, and sort it, for each job.
 */
export type Plans = 'weighed' | 'settled'

const planning: Record<Plans, string> = {
  weighed: 'set plan_cache_mode = auto; set enable_bitmapscan = on',
  settled: 'set plan_cache_mode = force_generic_plan; set enable_bitmapscan = off',
}

/** One connection, made when it is first used. */
export const connectPostgres = (url: string, onClose: () => void = () => {}) =>
  postgres(url, {
    types,
    max: 1,
    // Saves a round trip on each connection; arrays are passed as JSON.
    fetch_types: false,
    connect_timeout: 10,
    max_lifetime: null,
    // A plan is kept as long as its connection: one made while a table was small would read all of it for ever. And
    // compiling one that looks costly takes ten times as long as running it, each time.
    connection: { application_name: 'bunkhouse', enable_seqscan: 'off', jit: 'off' },
    onnotice: () => {},
    onclose: onClose,
  })

/**
 * One connection, for one transaction or reading at a time. When it breaks, whatever is under way on it fails at once,
 * and it is never used again: the driver would open it anew and send the rest of a transaction there, outside of any,
 * or write to the closed socket from a timer, where no one can catch that.
 */
export class PostgresLane {
  readonly #client: Client
  readonly #onBroken: (lane: PostgresLane) => void
  readonly #underWay = new Set<(error: Error) => void>()
  #failure: Error | undefined
  #used = false
  #plans: Plans = 'weighed'
  #proven = false

  constructor(url: string, onBroken: (lane: PostgresLane) => void) {
    this.#onBroken = onBroken
    this.#client = connectPostgres(url, () => this.end())
  }

  get broken(): boolean {
    return this.#failure !== undefined
  }

  /** It has answered before: when it breaks now, another one may well work. */
  get proven(): boolean {
    return this.#proven
  }

  /** @param plans not to be changed within a transaction, whose end might take it back */
  run<T>(send: (client: Client) => PromiseLike<T>, plans: Plans = 'weighed'): Promise<T> {
    if (this.#failure) return Promise.reject(this.#failure)
    // On its way together with the first statement, which need not wait for it.
    if (!this.#used) this.#client.unsafe(endSilentTransactions).catch(error => this.#refused(error))
    this.#used = true
    if (plans !== this.#plans) this.#client.unsafe(planning[plans]).catch(error => this.#refused(error))
    this.#plans = plans
    return new Promise((resolve, reject) => {
      this.#underWay.add(reject)
      send(this.#client).then(
        result => {
          this.#underWay.delete(reject)
          this.#proven = true
          resolve(result)
        },
        error => {
          this.#underWay.delete(reject)
          // What the server has refused leaves the connection as it was; after anything else nothing is certain.
          if (!(error instanceof postgres.PostgresError)) this.end(error)
          reject(error)
        },
      )
    })
  }

  /** Why no connection was made (no such database, a wrong password) is told to the first statement alone. */
  #refused(error: Error): void {
    if (!(error instanceof postgres.PostgresError) || error.severity === 'FATAL') this.end(error)
  }

  /** Closes the connection at once; what is under way fails. */
  end(reason: Error = connectionClosed()): void {
    if (this.#failure) return
    this.#failure = reason
    for (const reject of this.#underWay) reject(reason)
    this.#underWay.clear()
    this.#client.end({ timeout: 0 }).catch(() => {})
    this.#onBroken(this)
  }
}

const connectionClosed = () =>
  Object.assign(new Error('The connection to Postgres was closed.'), { code: 'CONNECTION_CLOSED' })
