import { afterAll, beforeAll } from 'bun:test'
import { readdirSync, readlinkSync } from 'node:fs'
import postgres from 'postgres'
import { readConfig } from '../../src/config.ts'
import { type MigratableDatabase, migrate } from '../../src/db/migrate.ts'
import { openDatabase } from '../../src/db/open.ts'
import { createDatabase, type Engine, type TestDatabase } from './database.ts'

/** An empty database of a test's own, migrated, and open in this process. */
export interface MigratedDatabase extends TestDatabase {
  database: MigratableDatabase
  /** Opens it once more, as another process would; closed with the rest. */
  openAgain(): Promise<MigratableDatabase>
}

export async function migratedDatabase(engine: Engine): Promise<MigratedDatabase> {
  const { database, ...opened } = await openedDatabase(engine)
  await migrate(database)
  return { database, ...opened }
}

/** One for all tests of a describe block, which keep to rows of their own. */
export function sharedDatabase(engine: Engine): () => MigratedDatabase {
  let opened: MigratedDatabase | undefined
  beforeAll(async () => {
    opened = await migratedDatabase(engine)
  })
  afterAll(() => opened?.[Symbol.asyncDispose]())
  return () => {
    if (!opened) throw new Error('The database is there only while a test runs.')
    return opened
  }
}

/** The same, without any table. Disposing of it rejects when somebody still holds a connection to it. */
export async function openedDatabase(engine: Engine): Promise<MigratedDatabase> {
  const created = await createDatabase(engine)
  const open: MigratableDatabase[] = []
  const openAgain = async () => {
    const { database } = await openUrl(created.url)
    open.push(database)
    return database
  }
  return {
    ...created,
    database: await openAgain(),
    openAgain,
    [Symbol.asyncDispose]: async () => {
      await Promise.all(open.map(database => database.close()))
      try {
        await rejectConnections(created)
      } finally {
        await created[Symbol.asyncDispose]()
      }
    },
  }
}

export const openUrl = (url: string, poolSize = 6) =>
  openDatabase(readConfig({ DATABASE_URL: url, DATABASE_POOL_SIZE: String(poolSize) }).database, { own: false })

async function rejectConnections({ engine, url }: TestDatabase): Promise<void> {
  if (engine === 'sqlite') {
    const path = url.replace('sqlite:', '')
    const left = openFiles().filter(file => file.startsWith(path))
    if (left.length > 0) throw new Error(`Still open: ${left.join(', ')}`)
    return
  }
  const server = new URL(url)
  const name = server.pathname.slice(1)
  server.pathname = '/postgres'
  const sql = postgres(server.href, { max: 1, onnotice: () => {} })
  try {
    // Refused, after a few seconds of grace, while anybody is connected.
    await sql.unsafe(`drop database ${name}`)
  } finally {
    await sql.end()
  }
}

/** The files this process has open, where the system tells (Linux). */
function openFiles(): string[] {
  try {
    return readdirSync('/proc/self/fd').flatMap(fd => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`)
      } catch {
        return [] // closed meanwhile: the folder's own
      }
    })
  } catch {
    return []
  }
}
