import { once } from 'node:events'
import { connectRedis } from '../../db/redis-client.ts'
import { type Bucket, type Counter, type Level, windowMs } from './bucket.ts'

// The same as `taken`, by the clock of Redis, which is one for all processes.
const script = `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local full, levels, refused = {}, {}, false
for i, key in ipairs(KEYS) do
  local before = tonumber(redis.call('GET', key) or '0')
  full[i] = math.max(before, now) + ${windowMs} / ARGV[i]
  local over = full[i] - now - ${windowMs}
  if over > 0.001 then
    refused = true
    levels[i] = {'0', string.format('%.3f', math.max(0, before - now)), string.format('%.3f', over)}
  else
    levels[i] = {'1', string.format('%.3f', full[i] - now), '0'}
  end
end
if not refused then
  for i, key in ipairs(KEYS) do
    redis.call('SET', key, string.format('%.3f', full[i]), 'PX', math.ceil(full[i] - now))
  end
end
return levels`
const digest = new Bun.CryptoHasher('sha1').update(script).digest('hex')

/** A request is not held up for longer by counting it. */
const answerWithinMs = 250

/** Counts that all processes share. Fails where Redis cannot be asked. */
export class RedisCounter implements Counter {
  readonly #client: ReturnType<typeof connectRedis>

  constructor(url: string, onError: (error: unknown) => void) {
    this.#client = connectRedis(url, onError, { commandTimeout: answerWithinMs })
  }

  /** Waits until it can be asked, or not for long: then it cannot be. */
  async untilReady(): Promise<void> {
    if (this.#client.status === 'ready') return
    await once(this.#client, 'ready', { signal: AbortSignal.timeout(answerWithinMs) }).catch(() => {})
  }

  async take(buckets: readonly Bucket[]): Promise<Level[]> {
    const keys = buckets.map(({ id }) => `bunkhouse:rate:${id}`)
    const args = [keys.length, ...keys, ...buckets.map(({ perMinute }) => perMinute)] as const
    const levels = await this.#client.evalsha(digest, ...args).catch((error: unknown) => {
      if (error instanceof Error && error.message.startsWith('NOSCRIPT')) return this.#client.eval(script, ...args)
      throw error
    })
    if (!Array.isArray(levels)) throw new Error('Redis answered something else than levels.')
    return levels.map(toLevel)
  }

  close(): void {
    this.#client.disconnect()
  }
}

function toLevel(level: unknown): Level {
  const [allowed, fullInMs, retryInMs] = Array.isArray(level) ? level.map(Number) : []
  return { allowed: allowed === 1, fullInMs: fullInMs ?? windowMs, retryInMs: retryInMs ?? 0 }
}
