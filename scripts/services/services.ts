// Postgres and Redis for tests and benches: `bun scripts/test.ts` and the bench runner start here.
import { findServers } from './find-server.ts'
import { postgres } from './postgres.ts'
import { redis } from './redis.ts'
import type { ServerKind } from './server-kind.ts'
import { type Server, startServer } from './start-server.ts'

export interface Services {
  /** A superuser's URL; undefined when Postgres was not asked for. */
  databaseUrl: string | undefined
  /** Undefined when Redis was not asked for. */
  redisUrl: string | undefined
  /** Ends what was started and removes its data. Without it they end with this process. */
  stop(): Promise<void>
}

export interface ServicesOptions {
  postgres?: boolean
  redis?: boolean
  /** Postgres pays for every sync, as in production, and Redis keeps its log; for benches. Default false. */
  durable?: boolean
}

/**
 * Takes the servers named by TEST_DATABASE_URL and TEST_REDIS_URL, else starts throw-away ones on free ports of
 * 127.0.0.1, from programs on this machine, from Debian's packages when root, or in Docker.
 * Rejects when one is not to be had, and says how to get it.
 */
export const startServices = async (options: ServicesOptions): Promise<Services> => {
  const kinds = [...(options.postgres ? [postgres] : []), ...(options.redis ? [redis] : [])]
  const sources = await findServers(kinds)
  const started = new Map<ServerKind, Server>()
  const stop = async () => {
    await Promise.all([...started.values()].map(server => server.stop()))
  }

  const starts = await Promise.allSettled(
    sources.map(async (source, index) => {
      const kind = kinds[index]
      if (kind) started.set(kind, await startServer(kind, source, options.durable ?? false))
    }),
  )
  const failed = starts.find(start => start.status === 'rejected')
  if (failed) {
    await stop()
    throw failed.reason
  }
  return { databaseUrl: started.get(postgres)?.url, redisUrl: started.get(redis)?.url, stop }
}
