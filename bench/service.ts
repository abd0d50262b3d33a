import { join, resolve } from 'node:path'
import { freePort } from '../scripts/services/free-port.ts'
import { pinned } from './pin.ts'

const root = resolve(import.meta.dir, '..')

export const benchKey = 'bh_bench_key_of_this_machine_alone'

export interface ServiceOptions {
  /** Where it runs and keeps its database, log and agents. */
  folder: string
  env?: Record<string, string>
  /** The core it is kept to; default: any. */
  core?: number
  /** Where to write a CPU profile when it ends. */
  profile?: string | undefined
}

export interface Service extends AsyncDisposable {
  port: number
  pid: number
  request(method: string, path: string, body?: unknown): Promise<Response>
}

/** Starts `bunkhouse serve` from source with its default settings, logging to a file, and waits until it is ready. */
export async function startService({ folder, env = {}, core, profile }: ServiceOptions): Promise<Service> {
  const port = freePort()
  const flags = profile === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', resolve(profile)]
  const command = [process.execPath, ...flags, join(root, 'src/main.ts'), 'serve']
  const child = Bun.spawn(pinned(core ?? null, command), {
    cwd: folder,
    stdin: 'ignore',
    stdout: Bun.file(join(folder, 'service.log')),
    stderr: 'inherit',
    env: {
      PATH: process.env.PATH,
      HOST: '127.0.0.1',
      PORT: String(port),
      BUNKHOUSE_API_KEY: benchKey,
      AGENTS_DIR: join(folder, 'agents'),
      ...env,
    },
  })
  const request = (method: string, path: string, body?: unknown) =>
    fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: { authorization: `Bearer ${benchKey}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
  const end = async () => {
    child.kill('SIGTERM')
    await child.exited
  }
  while (!(await isReady(port))) {
    if (child.exitCode !== null) throw new Error(`The service ended. Its log:\n${await logOf(folder)}`)
    await Bun.sleep(20)
  }
  return { port, pid: child.pid, request, [Symbol.asyncDispose]: end }
}

const isReady = (port: number): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}/ready`).then(
    response => response.ok,
    () => false,
  )

const logOf = (folder: string): Promise<string> => Bun.file(join(folder, 'service.log')).text()
