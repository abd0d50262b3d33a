import { test } from 'bun:test'
import { postgres } from './postgres.ts'
import { redis } from './redis.ts'

const program = `
  import { startServices } from ${JSON.stringify(Bun.resolveSync('./services.ts', import.meta.dir))}
  const { databaseUrl, redisUrl } = await startServices({ postgres: true, redis: true })
  console.log(databaseUrl)
  console.log(redisUrl)
  setInterval(() => {}, 60_000)`

/** What each answers by a word: an SSLRequest and a command. */
const hello = { 'postgres:': Uint8Array.of(0, 0, 0, 8, 4, 210, 22, 47), 'redis:': Buffer.from('PING\r\n') }

/**
 * Resolves once the server has answered, to a promise that resolves when it closes the connection. Postgres that has not
 * yet taken a connection when it is told to end takes it even so, and waits a minute for its first word.
 */
const watchEnd = async (url: string): Promise<{ ended: Promise<void> }> => {
  const { hostname, port, protocol } = new URL(url)
  const answered = Promise.withResolvers<void>()
  const end = Promise.withResolvers<void>()
  const close = () => {
    answered.reject(new Error('It closed without a word.'))
    end.resolve()
  }
  const socket = { data: () => answered.resolve(), close }
  const connection = await Bun.connect({ hostname, port: Number(port), socket })
  connection.write(protocol === 'redis:' ? hello['redis:'] : hello['postgres:'])
  await answered.promise
  return { ended: end.promise }
}

/**
 * Resolves when nobody listens there any more. Postgres does, and even answers, from the end of its connections until
 * its data is written.
 */
const refused = async (url: string): Promise<void> => {
  const { hostname, port } = new URL(url)
  for (;;) {
    const connection = await Bun.connect({ hostname, port: Number(port), socket: { data: () => {} } }).catch(
      () => undefined,
    )
    if (!connection) return
    connection.end()
  }
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
  await Promise.all([refused(databaseUrl), refused(redisUrl)])
})
