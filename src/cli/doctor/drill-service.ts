import { join } from 'node:path'
import { AppError } from '../../errors.ts'
import { selfCommand } from '../../runtime/self-command.ts'

/** This program once more, serving a database of its own. */
export interface DrillService {
  pid: number
  /** Milliseconds from the start until it was ready. */
  readyMs: number
  /** The caller knows what the route answers with. */
  request<T>(method: string, path: string, body?: object): Promise<T>
  /** At once, without a word. */
  kill(): Promise<void>
  stop(): Promise<void>
}

const patienceMs = 60_000

/** @param signal aborted: nobody waits for it any more, and it is killed */
export async function startDrillService(
  { folder, modelUrl, key }: { folder: string; modelUrl: string; key: string },
  signal: AbortSignal,
): Promise<DrillService> {
  signal.throwIfAborted()
  const begun = performance.now()
  // In its own folder, so that no .env is read, and with nothing of this service's settings.
  const child = Bun.spawn([...selfCommand(), 'serve'], {
    cwd: folder,
    env: {
      HOST: '127.0.0.1',
      PORT: '0',
      DATABASE_URL: `sqlite:${join(folder, 'drill.db')}`,
      AGENTS_DIR: join(folder, 'agents'),
      JOBS_DIR: join(folder, 'jobs'),
      BUNKHOUSE_API_KEY: key,
      DRILL_BASE_URL: `${modelUrl}/v1`,
      LOG_LEVEL: 'info',
    },
    stdio: ['ignore', 'pipe', 'ignore'],
    signal,
    killSignal: 'SIGKILL',
  })
  const url = await addressOf(child.stdout, AbortSignal.any([signal, AbortSignal.timeout(patienceMs)])).catch(error => {
    child.kill('SIGKILL')
    throw error
  })
  const end = async (how: 'SIGKILL' | 'SIGTERM') => {
    child.kill(how)
    await child.exited
  }
  return {
    pid: child.pid,
    readyMs: performance.now() - begun,
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    async request<T>(method: string, path: string, body?: object): Promise<T> {
      const response = await fetch(url + path, {
        method,
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        signal: AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]),
        ...(body && { body: JSON.stringify(body) }),
      })
      const text = await response.text()
      if (response.ok) return JSON.parse(text)
      throw new AppError('unavailable', `${method} ${path} was answered with ${response.status}: ${text.slice(0, 500)}`)
    },
  }
}

/** From its log, which says it when it is ready. What it says later is read, too, so that it can go on. */
async function addressOf(output: ReadableStream<Uint8Array>, signal: AbortSignal): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  const reading = async () => {
    let said = ''
    const decoder = new TextDecoder()
    for await (const part of output) {
      said = (said + decoder.decode(part, { stream: true })).slice(-20_000)
      const [, url] = /"url":"(http:[^"]+)"/.exec(said) ?? []
      if (url !== undefined) resolve(url)
    }
    reject(new AppError('unavailable', `The second service did not start:\n${said.slice(-2_000)}`))
  }
  void reading()
  return promise
}
