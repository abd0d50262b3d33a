import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { program } from './program.ts'

export interface ServiceOptions {
  env?: Record<string, string | undefined>
  /** Default: `bunkhouse serve`. */
  command?: string[]
  /** Where it runs; default: an empty folder of its own. */
  cwd?: string
}

/** The real service as a process of its own. */
export interface Service extends AsyncDisposable {
  url: string
  key: string
  process: Bun.Subprocess<'ignore', 'pipe', 'pipe'>
  /** All it has written so far. */
  output(): string
  /** Resolves when its output holds the text; rejects when it ends without. */
  said(text: string): Promise<void>
  /** A request with the key. */
  request(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>
  /** Sends a signal and resolves with the exit code (null: ended by the signal). */
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

const testKey = 'bh_test_key_for_the_service_under_test'

/** Starts it on a free port and waits until it is ready. Ended when disposed of, by SIGKILL if need be. */
export async function startService({ env = {}, command, cwd }: ServiceOptions = {}): Promise<Service> {
  const folder = await mkdtemp(join(tmpdir(), 'bunkhouse-service-'))
  const child = Bun.spawn(command ?? [...program, 'serve'], {
    cwd: cwd ?? folder,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      PORT: '0',
      HOST: '127.0.0.1',
      BUNKHOUSE_API_KEY: testKey,
      AGENTS_DIR: join(folder, 'agents'),
      DRAIN_SECONDS: '5',
      // Tests send more than anybody does who has lost his key.
      ADDRESS_RATE_LIMIT: '0',
      ...env,
    },
  })
  const watched = watchOutput(child)
  const dispose = async () => {
    if (child.exitCode === null) child.kill('SIGKILL')
    await child.exited
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await watched.said('"listening"')
  } catch (error) {
    await dispose()
    throw error
  }
  const port = /"url":"http:\/\/[^"]*:(\d+)"/.exec(watched.output())?.[1]
  const url = `http://127.0.0.1:${port}`
  const key = env.BUNKHOUSE_API_KEY ?? testKey
  return {
    url,
    key,
    process: child,
    ...watched,
    request: (method, path, body, headers = {}) =>
      fetch(url + path, {
        method,
        headers: {
          authorization: `Bearer ${key}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal)
      await child.exited
      return child.signalCode === null ? child.exitCode : null
    },
    [Symbol.asyncDispose]: dispose,
  }
}

function watchOutput(child: Bun.Subprocess<'ignore', 'pipe', 'pipe'>) {
  let output = ''
  let ended = false
  let waiting: { text: string; resolve(): void; reject(error: Error): void }[] = []
  const read = async (stream: ReadableStream<Uint8Array>) => {
    const decoder = new TextDecoder()
    for await (const chunk of stream) {
      output += decoder.decode(chunk, { stream: true })
      for (const waiter of waiting) if (output.includes(waiter.text)) waiter.resolve()
      waiting = waiting.filter(waiter => !output.includes(waiter.text))
    }
  }
  void Promise.all([read(child.stdout), read(child.stderr)]).then(() => {
    ended = true
    for (const { text, reject } of waiting) reject(silence(text))
  })
  const silence = (text: string) => new Error(`The service ended without saying ${text}:\n${output}`)
  return {
    output: () => output,
    said: (text: string) =>
      new Promise<void>((resolve, reject) => {
        if (output.includes(text)) resolve()
        else if (ended) reject(silence(text))
        else waiting.push({ text, resolve, reject })
      }),
  }
}
