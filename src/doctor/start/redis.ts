import type { Config } from '../../config.ts'
import { area, type Finding } from './finding.ts'

const report = area('redis')
const timeLimitMs = 3_000

export async function checkRedis({ redisUrl, database }: Config): Promise<Finding[]> {
  if (redisUrl === null) {
    const instead = database.dialect === 'postgres' ? 'Postgres carries hints between processes' : 'none is needed'
    return [report.note(`not configured: ${instead}`)]
  }
  const { Redis } = await import('ioredis')
  const client = new Redis(redisUrl, {
    lazyConnect: true,
    connectTimeout: timeLimitMs,
    commandTimeout: timeLimitMs,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  })
  // What goes wrong is told by the rejected command; the client insists on a listener.
  let cause: Error | undefined
  client.on('error', error => {
    cause ??= error
  })
  const place = new URL(redisUrl).host || 'the server'
  try {
    await client.connect()
    await client.ping()
    const version = /redis_version:(\S+)/.exec(await client.info('server').catch(() => ''))?.[1]
    return [report.ok(`${version === undefined ? '' : `Redis ${version}, `}${place} answers`)]
  } catch (error) {
    const reason = cause ?? error
    return [
      report.fail(
        `${place} does not answer: ${reason instanceof Error ? reason.message : reason}`,
        'Check REDIS_URL and that the server is up, or leave REDIS_URL out.',
      ),
    ]
  } finally {
    client.disconnect()
  }
}
