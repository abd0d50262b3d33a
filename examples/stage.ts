import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const program = join(import.meta.dir, '../src/main.ts')

/** A Bunkhouse of its own for one example, with a key and a database that are gone afterwards. */
export interface Stage extends AsyncDisposable {
  url: string
  key: string
  /** Where the service runs. */
  folder: string
  /** A request of a client, as JSON. @throws Error with what was answered, where it is none of 2xx */
  api<T>(method: string, path: string, body?: unknown): Promise<T>
}

/** @param env besides the caller's own, of which the keys of model providers are of interest */
export async function openStage(env: Record<string, string>): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'bunkhouse-example-'))
  const key = `bh_${crypto.randomUUID().replaceAll('-', '')}`
  const child = Bun.spawn([process.execPath, program, 'serve'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      HOST: '127.0.0.1',
      PORT: '0',
      LOG_LEVEL: 'info',
      DATABASE_URL: `sqlite:${join(folder, 'example.db')}`,
      BUNKHOUSE_API_KEY: key,
      BUNKHOUSE_SECRET_KEY: crypto.randomUUID(),
      // The other parts of the examples listen on this machine.
      EGRESS_ALLOW: '127.0.0.1',
      ...env,
    },
  })
  const end = async () => {
    child.kill()
    await child.exited
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const url = await listening(child.stdout)
    return { url, key, folder, api: caller(url, key), [Symbol.asyncDispose]: end }
  } catch (error) {
    await end()
    throw error
  }
}

/** Its log says where it listens, as it chose the port itself. */
async function listening(log: ReadableStream<Uint8Array>): Promise<string> {
  const found = Promise.withResolvers<string>()
  const read = async () => {
    let text = ''
    const decoder = new TextDecoder()
    for await (const chunk of log) {
      // Read to the end, so that the service never waits for its log to be read.
      text = (text + decoder.decode(chunk, { stream: true })).slice(-100_000)
      const url = /"url":"http:\/\/[^"]*:(\d+)"/.exec(text)
      if (url) found.resolve(`http://127.0.0.1:${url[1]}`)
    }
    found.reject(new Error(`The service did not start:\n${text}`))
  }
  void read()
  return found.promise
}

function caller(url: string, key: string): Stage['api'] {
  return async (method, path, body) => {
    const response = await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return JSON.parse(text || 'null')
  }
}
