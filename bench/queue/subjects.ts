import { join } from 'node:path'
import { temporaryFolder } from '../folder.ts'
import type { OurCalls } from './ours/calls.ts'
import type { OurOptions } from './ours/queue.ts'
import { type Remote, startRemote } from './remote.ts'
import type { Servers } from './servers.ts'
import type { SubjectCalls } from './subject.ts'

/** A queue that takes part. */
export interface Entrant {
  name: string
  ours: boolean
  /** An empty store for it, and how to start a process on that. */
  open(servers: Servers): Promise<Opened<SubjectCalls>>
}

export interface Opened<C> extends AsyncDisposable {
  /** Of its store. */
  url: string
  /** The processes end with the disposal. */
  start(): Remote<C>
}

export const sqliteName = 'Bunkhouse on SQLite'
export const postgresName = 'Bunkhouse on Postgres'
const graphileName = 'graphile-worker'
export const bullmqName = 'BullMQ'
export const celeryName = 'Celery'

const ours = (name: string, engine: 'sqlite' | 'postgres', keepsCompleted = false): Entrant => ({
  name,
  ours: true,
  open: servers => openOurs(servers, { engine, keepsCompleted }),
})

const onPostgres = (name: string, program: string, args: string[] = []): Entrant => ({
  name,
  ours: false,
  open: async servers => {
    const database = await servers.newDatabase()
    return opened(program, database.url, [database.url, ...args], database)
  },
})

const onRedis = (name: string, program: string): Entrant => ({
  name,
  ours: false,
  open: async servers => {
    const url = await servers.emptyRedis()
    return opened(program, url, [url])
  },
})

/** In the order in which they take turns. */
export const entrants: Entrant[] = [
  ours(sqliteName, 'sqlite'),
  ours(`${sqliteName}, completed kept`, 'sqlite', true),
  ours(postgresName, 'postgres'),
  ours(`${postgresName}, completed kept`, 'postgres', true),
  onPostgres(graphileName, 'peers/graphile.ts', ['plain']),
  onPostgres(`${graphileName}, local queue of 500`, 'peers/graphile.ts', ['local']),
  onRedis(bullmqName, 'peers/bullmq.ts'),
  onPostgres('pg-boss', 'peers/pg-boss.ts'),
  onRedis(celeryName, 'celery/main.ts'),
]

/** Our queue on an empty database of its own, as many processes of it as are started. */
export async function openOurs(
  servers: Servers,
  { engine, keepsCompleted, redisUrl = null }: OurSetting,
): Promise<Opened<OurCalls>> {
  if (engine === 'sqlite') {
    const folder = await temporaryFolder()
    const url = `sqlite:${join(folder.path, 'bunkhouse.db')}`
    return opened('ours/main.ts', url, [optionsOf({ url, redisUrl, keepsCompleted })], folder)
  }
  const database = await servers.newDatabase()
  const { url } = database
  return opened('ours/main.ts', url, [optionsOf({ url, redisUrl, keepsCompleted })], database)
}

export interface OurSetting {
  engine: 'sqlite' | 'postgres'
  keepsCompleted: boolean
  redisUrl?: string | null
}

const optionsOf = (options: OurOptions): string => JSON.stringify(options)

function opened<C extends SubjectCalls>(
  program: string,
  url: string,
  args: string[],
  store?: AsyncDisposable,
): Opened<C> {
  const processes = new AsyncDisposableStack()
  if (store) processes.use(store)
  return {
    url,
    start: () => processes.use(startRemote<C>(join(import.meta.dir, program), args)),
    [Symbol.asyncDispose]: () => processes.disposeAsync(),
  }
}
