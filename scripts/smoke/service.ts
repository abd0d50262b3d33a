import { join } from 'node:path'
import { freePort } from '../services/free-port.ts'

const readyWithinMs = 120_000
const printedWithinMs = 10_000

/** A service that runs as a process of its own, as an operator would start it. */
export interface RunningService {
  url: string
  /** What it has printed on standard output. */
  output(): string
  /** SIGTERM; resolves to the exit code. */
  end(): Promise<number>
}

/** Starts a service and waits for its first 200 on /ready. Rejects with what it printed when that does not come. */
export const serve = async (
  command: string[],
  cwd: string,
  env: Record<string, string | undefined>,
): Promise<RunningService> => {
  const port = freePort()
  const child = Bun.spawn(command, {
    cwd,
    env: { ...env, HOST: '127.0.0.1', PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  const reading = (async () => {
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) output += text
  })()
  const end = async () => {
    child.kill('SIGTERM')
    const status = await child.exited
    await reading
    return status
  }

  const url = `http://127.0.0.1:${port}`
  const deadline = Date.now() + readyWithinMs
  while (!(await isReady(url))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill('SIGKILL')
      throw new Error(`${command.join(' ')} is not ready. It printed:\n${output}`)
    }
    await Bun.sleep(50)
  }
  return { url, output: () => output, end }
}

const isReady = (url: string): Promise<boolean> =>
  fetch(`${url}/ready`).then(
    response => response.ok,
    () => false,
  )

/** The key that a first start prints, which may come after its first 200 on /ready. */
export const printedKey = async (service: RunningService): Promise<string> => {
  const deadline = Date.now() + printedWithinMs
  for (;;) {
    const [, key] = /(bh_[A-Za-z0-9_]+)\n/.exec(service.output()) ?? []
    if (key !== undefined) return key
    if (Date.now() > deadline) throw new Error(`No key was printed, only:\n${service.output()}`)
    await Bun.sleep(20)
  }
}

/** `POST /v1/runs/wait`, with the input `hello`. */
export const runHello = async (service: RunningService, key: string, agent: string) => {
  const response = await fetch(`${service.url}/v1/runs/wait`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ agent, input: 'hello' }),
  })
  return { httpStatus: response.status, run: await response.json() }
}

/** Puts an agent file with the agent `greeter` into `agents/` of the folder. */
export const writeGreeter = (folder: string) =>
  Bun.write(
    join(folder, 'agents/greeter.ts'),
    `import { defineAgent } from 'bunkhouse'
const name: string = 'greeter'
export default defineAgent({ name, model: 'builtin/echo' })
`,
  )
