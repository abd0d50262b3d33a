import { unprivilegedAccount } from './account.ts'
import type { Source } from './find-server.ts'
import { freePort } from './free-port.ts'
import { type KeptServer, keep } from './keeper.ts'
import type { ServerKind } from './server-kind.ts'

export interface Server {
  url: string
  /** Ends a server that was started here; leaves one that was given by its URL alone. */
  stop(): Promise<void>
}

const answerWithinMs = 60_000
const pauseBetweenTriesMs = 30
const portTries = 5

/** Starts a server and waits until it answers. Fails with the end of the server's own log. */
export const startServer = async (kind: ServerKind, source: Source, durable: boolean): Promise<Server> => {
  if (source.from === 'url') {
    await kind.ping(source.url).catch(error => {
      throw new Error(`${kind.variable} is set, but ${kind.name} does not answer there: ${String(error)}`)
    })
    return { url: source.url, stop: async () => {} }
  }
  if (source.from === 'docker') await pull(kind.docker.image)

  for (let attempt = 1; ; attempt += 1) {
    const port = freePort()
    const server = await (source.from === 'docker'
      ? runInDocker(kind, port, durable)
      : runPrograms(kind, source.folder, port, durable))
    const failure = await awaitAnswer(kind, port, server)
    if (failure === undefined) return { url: kind.url(port), stop: server.stop }
    await server.stop()
    // Somebody else may take a free port between the look and the start.
    if (!/in use|already allocated/i.test(failure) || attempt === portTries) {
      throw new Error(`${kind.name} did not start.\n${failure}`)
    }
  }
}

const runPrograms = (kind: ServerKind, folder: string, port: number, durable: boolean): Promise<KeptServer> =>
  keep({
    name: kind.name.toLowerCase(),
    durable,
    account: unprivilegedAccount(),
    run: kind.run,
    stop: kind.stop,
    // Nothing else of the environment: variables such as PGDATA would change what runs.
    env: {
      PATH: process.env.PATH,
      LC_ALL: 'C',
      programs: folder,
      port: String(port),
      flags: kind.flags(durable).join(' '),
    },
  })

const runInDocker = (kind: ServerKind, port: number, durable: boolean): Promise<KeptServer> => {
  const { image, port: innerPort, env } = kind.docker
  const name = `bunkhouse-test-${kind.name.toLowerCase()}-${port}`
  const settings = env.map(setting => `--env ${setting}`).join(' ')
  const flags = kind.flags(durable).join(' ')
  return keep({
    name: kind.name.toLowerCase(),
    durable,
    run: `exec docker run --rm --name ${name} --publish 127.0.0.1:${port}:${innerPort} ${settings} ${image} ${flags}`,
    stop: `docker rm --force --volumes ${name} || kill "$server"`,
    env: process.env,
  })
}

const pull = async (image: string): Promise<void> => {
  const here = Bun.spawn(['docker', 'image', 'inspect', image], { stdio: ['ignore', 'ignore', 'ignore'] })
  if ((await here.exited) === 0) return
  console.error(`Pulling ${image} …`)
  const pulled = Bun.spawn(['docker', 'pull', '--quiet', image], { stdio: ['ignore', 'ignore', 'inherit'] })
  if ((await pulled.exited) !== 0) throw new Error(`Docker could not pull ${image}.`)
}

/** Resolves to undefined once the server answers, else to what went wrong. */
const awaitAnswer = async (kind: ServerKind, port: number, server: KeptServer): Promise<string | undefined> => {
  const deadline = Date.now() + answerWithinMs
  const ended = server.ended.then(log => ({ log }))
  for (;;) {
    const answer = await Promise.race([ended, ping(kind, port)])
    if (answer === 'yes') return undefined
    if (typeof answer === 'object') return answer.log
    if (Date.now() > deadline) return `It did not answer within ${answerWithinMs / 1000} s.`
    const over = await Promise.race([ended, Bun.sleep(pauseBetweenTriesMs)])
    if (over) return over.log
  }
}

const ping = (kind: ServerKind, port: number): Promise<'yes' | 'no'> =>
  kind.ping(kind.url(port)).then(
    () => 'yes',
    () => 'no',
  )
