import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'

export const engines = ['sqlite', 'postgres'] as const
export type Engine = (typeof engines)[number]

/** An empty database of a test's own. */
export interface TestDatabase extends AsyncDisposable {
  engine: Engine
  /** For DATABASE_URL. */
  url: string
}

/** Postgres comes from TEST_DATABASE_URL, which scripts/test sets. */
export async function createDatabase(engine: Engine): Promise<TestDatabase> {
  const name = `bunkhouse_${crypto.randomUUID().replaceAll('-', '')}`
  if (engine === 'sqlite') {
    const folder = join(tmpdir(), name)
    return {
      engine,
      url: `sqlite:${join(folder, 'bunkhouse.db')}`,
      [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
    }
  }
  const server = process.env.TEST_DATABASE_URL
  if (!server) throw new Error('TEST_DATABASE_URL is not set: run the tests by ./scripts/test.')
  await onServer(server, sql => sql.unsafe(`create database ${name}`))
  const url = new URL(server)
  url.pathname = `/${name}`
  return {
    engine,
    url: url.href,
    [Symbol.asyncDispose]: () => onServer(server, sql => sql.unsafe(`drop database if exists ${name} with (force)`)),
  }
}

async function onServer(url: string, work: (sql: postgres.Sql) => Promise<unknown>): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    await work(sql)
  } finally {
    await sql.end()
  }
}
