import { RedisClient } from 'bun'
import { findPrograms } from './find-program.ts'
import type { ServerKind } from './server-kind.ts'

export const redis: ServerKind = {
  name: 'Redis',
  variable: 'TEST_REDIS_URL',
  exampleUrl: 'redis://localhost:6379',
  advice: { 'Debian, Ubuntu': 'sudo apt-get install redis-server', macOS: 'brew install redis' },
  debianPackages: ['redis-server'],
  docker: { image: 'redis:7-alpine', port: 6379, env: [] },
  flags: durable => (durable ? ['--appendonly yes', '--appendfsync everysec'] : ['--appendonly no']),
  find: () =>
    findPrograms(
      ['redis-server'],
      ['/usr/bin', '/opt/homebrew/bin', '/usr/local/bin', '/home/linuxbrew/.linuxbrew/bin'],
    ),
  run: `exec "$programs/redis-server" --bind 127.0.0.1 --port "$port" --dir "$folder" --save '' $flags`,
  stop: 'kill -TERM "$server"',
  url: port => `redis://127.0.0.1:${port}`,
  ping: async url => {
    const client = new RedisClient(url, { autoReconnect: false, connectionTimeout: 5_000 })
    try {
      await client.connect()
      await client.send('PING', [])
    } finally {
      client.close()
    }
  },
}
