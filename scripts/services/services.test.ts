import { expect, test } from 'bun:test'
import { postgres } from './postgres.ts'
import { redis } from './redis.ts'

const program = `
  import { startServices } from ${JSON.stringify(Bun.resolveSync('./services.ts', import.meta.dir))}
  const { databaseUrl, redisUrl } = await startServices({ postgres: true, redis: true })
  console.log(databaseUrl)
  console.log(redisUrl)
  setInterval(() => {}, 60_000)`

/** Resolves once connected, to a promise that resolves when the other side closes. */
const watchEnd = async (url: string): Promise<{ ended: Promise<void> }> => {
  const { hostname, port } = new URL(url)
  const end = Promise.withResolvers<void>()
  await Bun.connect({ hostname, port: Number(port), socket: { data: () => {}, close: () => end.resolve() } })
  return { ended: end.promise }
}

// Servers that were given by URL are not ours to end.
const installed = postgres.find() !== undefined && redis.find() !== undefined
test.skipIf(!installed)('servers end with the process that started them, also when it is killed', async () => {
  const { TEST_DATABASE_URL: _database, TEST_REDIS_URL: _redis, ...env } = process.env
  await using starter = Bun.spawn([process.execPath, '-e', program], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  let printed = ''
  for await (const chunk of starter.stdout) {
    printed += new TextDecoder().decode(chunk)
    if (printed.split('\n').length > 2) break
  }
  const [databaseUrl = '', redisUrl = ''] = printed.split('\n')
  const servers = await Promise.all([watchEnd(databaseUrl), watchEnd(redisUrl)])

  starter.kill('SIGKILL')
  await Promise.all(servers.map(server => server.ended))
  await expect(watchEnd(databaseUrl)).rejects.toThrow()
  await expect(watchEnd(redisUrl)).rejects.toThrow()
})
