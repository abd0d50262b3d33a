import { Redis, type RedisOptions } from 'ioredis'

/** A client that fails at once while Redis is away, and comes back by itself. */
export function connectRedis(
  url: string,
  onError: (error: unknown) => void,
  options: Pick<RedisOptions, 'commandTimeout'> = {},
): Redis {
  const client = new Redis(url, {
    ...options,
    // What cannot be said now is worthless later.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    lazyConnect: true,
    retryStrategy: attempt => Math.min(5_000, 100 * 2 ** Math.min(attempt, 10)),
  })
  client.on('error', onError)
  client.connect().catch(() => {})
  return client
}
