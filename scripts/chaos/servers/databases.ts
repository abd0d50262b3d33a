import { chmod, chown, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { unprivilegedAccount } from '../../services/account.ts'
import { freePort } from '../../services/free-port.ts'
import { postgres } from '../../services/postgres.ts'
import { redis } from '../../services/redis.ts'
import type { ServerKind } from '../../services/server-kind.ts'
import { RestartableServer } from './restartable.ts'

/** A new Postgres with its data in `folder`. It does not sync: processes are killed here, not machines. */
export async function startPostgres(folder: string): Promise<RestartableServer> {
  const programs = programsOf(postgres)
  const account = unprivilegedAccount()
  const own = join(folder, 'postgres')
  await mkdir(own)
  if (account) {
    await chmod(folder, 0o711)
    await chown(own, account.uid, account.gid)
  }
  const data = join(own, 'data')
  const made = Bun.spawnSync(
    [
      join(programs, 'initdb'),
      `--pgdata=${data}`,
      '--username=bunkhouse',
      '--auth=trust',
      '--encoding=UTF8',
      '--no-locale',
      '--no-sync',
    ],
    { ...(account && { uid: account.uid, gid: account.gid }), cwd: own, env: { PATH: process.env.PATH, LC_ALL: 'C' } },
  )
  if (!made.success) throw new Error(`initdb failed: ${made.stderr.toString()}`)
  const port = freePort()
  const flags = postgres.flags(false).flatMap(flag => flag.split(' '))
  const server = new RestartableServer(
    postgres.url(port),
    {
      name: 'postgres',
      command: [join(programs, 'postgres'), '-D', data, '-h', '127.0.0.1', '-p', String(port), '-k', own, ...flags],
      env: { PATH: process.env.PATH, LC_ALL: 'C' },
      log: join(own, 'log'),
      pidFile: join(own, 'pid'),
      account,
    },
    postgres.ping,
  )
  await server.start()
  return server
}

export async function startRedis(folder: string): Promise<RestartableServer> {
  const port = freePort()
  const server = new RestartableServer(
    redis.url(port),
    {
      name: 'redis',
      command: [join(programsOf(redis), 'redis-server'), '--bind', '127.0.0.1', '--port', String(port), '--save', ''],
      env: { PATH: process.env.PATH, LC_ALL: 'C' },
      log: join(folder, 'redis.log'),
      pidFile: join(folder, 'redis.pid'),
    },
    redis.ping,
  )
  await server.start()
  return server
}

function programsOf(kind: ServerKind): string {
  const folder = kind.find()
  if (folder !== undefined) return folder
  const ways = Object.entries(kind.advice).map(([who, how]) => `\n  ${who}: ${how}`)
  throw new Error(`${kind.name} is needed and was not found on this machine.${ways.join('')}`)
}
