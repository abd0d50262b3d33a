import { Database as Sqlite } from 'bun:sqlite'
import postgres from 'postgres'
import { createDatabase, type Engine, type TestDatabase } from '../support/database.ts'
import { type FakeProvider, startFakeProvider } from '../support/provider/server.ts'
import { type Service, startService } from '../support/service.ts'
import { temporaryFiles } from '../support/temporary-files.ts'
import { track } from './processes.ts'
import { agentFile, startToolServer, type ToolServer } from './tool-server.ts'

type Env = Record<string, string | undefined>

/** What processes of the service under test share: a database, a model provider, agents and their tools. */
export interface World extends AsyncDisposable {
  database: TestDatabase
  provider: FakeProvider
  tools: ToolServer
  /** What every process is given. */
  env: Env
  /** Starts a process; it is ended with the world. */
  start(env?: Env): Promise<Service>
  /** Reads or changes the database behind the processes' backs. The same SQL on both engines. */
  sql<Row>(text: string): Promise<Row[]>
  /** On Postgres: runs a statement in a transaction that stays open, with the locks it took. */
  lock(statement: string): Promise<HeldLock>
}

export interface HeldLock {
  /** Resolves when somebody waits for it. */
  awaited(): Promise<void>
  release(): Promise<void>
}

/**
 * An empty world with these agents. Leases last for an hour on SQLite, where a start takes them over at once, and for
 * the least there is on Postgres.
 */
export async function makeWorld(engine: Engine, agents: string[] = ['assistant']): Promise<World> {
  const database = await createDatabase(engine)
  const provider = await startFakeProvider()
  const tools = startToolServer()
  const files = temporaryFiles(Object.fromEntries(agents.map(name => [`${name}.ts`, agentFile(name, tools.url)])))
  const started: Service[] = []
  const env: Env = {
    DATABASE_URL: database.url,
    AGENTS_DIR: files.path,
    FAKE_BASE_URL: provider.baseUrl,
    LEASE_SECONDS: engine === 'sqlite' ? '3600' : '5',
  }
  return {
    database,
    provider,
    tools,
    env,
    async start(more = {}) {
      const service = await startService({ env: { ...env, ...more } })
      started.push(service)
      track(service.process)
      return service
    },
    sql: text => query(database, text),
    lock: statement => holdLock(database, statement),
    async [Symbol.asyncDispose]() {
      await Promise.all(started.map(service => service[Symbol.asyncDispose]()))
      await Promise.all([provider.stop(), tools.stop()])
      files[Symbol.dispose]()
      await database[Symbol.asyncDispose]()
    },
  }
}

async function query<Row>({ engine, url }: TestDatabase, text: string): Promise<Row[]> {
  if (engine === 'sqlite') {
    using file = new Sqlite(url.slice('sqlite:'.length))
    file.run('PRAGMA busy_timeout = 5000')
    return file.query<Row, []>(text).all()
  }
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    return [...(await sql.unsafe<Row[] & object[]>(text))]
  } finally {
    await sql.end()
  }
}

async function holdLock({ url }: TestDatabase, statement: string): Promise<HeldLock> {
  const sql = postgres(url, { max: 2, onnotice: () => {} })
  const lane = await sql.reserve()
  await lane.unsafe(`begin; ${statement}`)
  return {
    awaited: () =>
      until(`somebody waits for: ${statement}`, async () => {
        const waiting =
          await sql`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
        return waiting.length > 0
      }),
    async release() {
      await lane.unsafe('rollback')
      lane.release()
      await sql.end()
    },
  }
}

/** Resolves when `holds` does. For what cannot be waited for by a signal: facts in another process or a database. */
export async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 30_000
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`It did not happen within 30 s: ${what}`)
    await Bun.sleep(10)
  }
}
