import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { freePort } from '../../scripts/services/free-port.ts'

const packages = resolve(import.meta.dir, '../../node_modules/@modelcontextprotocol')

/** The published servers, run by the Bun that runs the tests. */
export const everything = join(packages, 'server-everything/dist/index.js')
export const filesystem = join(packages, 'server-filesystem/dist/index.js')

/** A folder that the server of files may touch. */
export async function servedFolder(): Promise<AsyncDisposable & { path: string }> {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'bunkhouse-mcp-')))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

export interface HttpServerProcess extends AsyncDisposable {
  port: number
  kill(): Promise<void>
}

/** The server of everything over Streamable HTTP. */
export async function startEverything(port = freePort()): Promise<HttpServerProcess> {
  const child = Bun.spawn([process.execPath, everything, 'streamableHttp'], {
    env: { PATH: process.env.PATH, PORT: String(port) },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const kill = async () => {
    child.kill('SIGKILL')
    await child.exited
  }
  const decoder = new TextDecoder()
  let said = ''
  for await (const chunk of child.stderr) {
    said += decoder.decode(chunk, { stream: true })
    if (said.includes('listening')) break
  }
  if (!said.includes('listening')) throw new Error(`The server did not start: ${said}`)
  return { port, kill, [Symbol.asyncDispose]: kill }
}

export interface Recorder extends Disposable {
  url: string
  /** `authorization` of each request. */
  keys: (string | null)[]
}

/** Passes requests on, and writes down whose they were. */
export function startRecorder(port: number): Recorder {
  const keys: (string | null)[] = []
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    idleTimeout: 0,
    fetch: async request => {
      keys.push(request.headers.get('authorization'))
      const { pathname, search } = new URL(request.url)
      const headers = new Headers(request.headers)
      headers.delete('host')
      const { method, signal } = request
      const body = method === 'POST' ? await request.text() : undefined
      const target = `http://127.0.0.1:${port}${pathname}${search}`
      return fetch(target, { method, headers, signal, ...(body !== undefined && { body }) })
    },
  })
  return { url: `http://127.0.0.1:${server.port}/mcp`, keys, [Symbol.dispose]: () => void server.stop(true) }
}
