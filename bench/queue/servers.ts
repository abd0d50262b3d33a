import { RedisClient } from 'bun'
import { startServices } from '../../scripts/services/services.ts'
import { postgresAdmin } from './postgres-admin.ts'

/** Throw-away servers with the durable settings that the figures are stated for. */
export interface Servers extends AsyncDisposable {
  /** The URL of a new, empty database; it goes with the disposal. */
  newDatabase(): Promise<AsyncDisposable & { url: string }>
  /** The URL of Redis, emptied. */
  emptyRedis(): Promise<string>
  versions: { postgres: string; redis: string }
}

export async function startServers(): Promise<Servers> {
  const { databaseUrl, redisUrl, stop } = await startServices({ postgres: true, redis: true, durable: true })
  if (databaseUrl === undefined || redisUrl === undefined) throw new Error('Postgres or Redis did not start.')
  const admin = postgresAdmin(databaseUrl)
  const redis = new RedisClient(redisUrl)
  const info = String(await redis.send('INFO', ['server']))
  const version = await admin.number(`select current_setting('server_version_num')::int`)
  let databases = 0
  return {
    versions: {
      postgres: `${Math.floor(version / 10_000)}.${version % 10_000}`,
      redis: /redis_version:(\S+)/.exec(info)?.[1] ?? 'unknown',
    },
    newDatabase: async () => {
      const name = `bench_${process.pid}_${databases++}`
      await admin.run(`create database ${name}`)
      const url = new URL(databaseUrl)
      url.pathname = `/${name}`
      return { url: url.href, [Symbol.asyncDispose]: () => admin.run(`drop database ${name} with (force)`) }
    },
    emptyRedis: async () => {
      await redis.send('FLUSHALL', [])
      return redisUrl
    },
    [Symbol.asyncDispose]: async () => {
      redis.close()
      await admin[Symbol.asyncDispose]()
      await stop()
    },
  }
}
