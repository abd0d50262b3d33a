import { chmod, cp, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { must } from '../../scripts/deploy/command.ts'

/** A process of what ships, started the way a platform does. */
export interface Artifact {
  process: Bun.Subprocess<'ignore', 'pipe', 'pipe'>
  /** All it has written so far. */
  output(): string
  /** Milliseconds from the start until `url` answered with 200. Rejects when the process ends before, or at the signal. */
  answers(url: string, signal: AbortSignal): Promise<number>
}

export interface ArtifactOptions {
  command: string[]
  cwd: string
  /** The whole environment: nothing of this machine's comes along. */
  env: Record<string, string>
}

/**
 * Starts it as the least of users, where this machine lets us. The caller ends it: `process.kill`.
 */
export function startArtifact({ command, cwd, env }: ArtifactOptions): Artifact {
  const started = performance.now()
  const process = Bun.spawn([...asNobody(), ...command], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  const read = async (stream: ReadableStream<Uint8Array>) => {
    const decoder = new TextDecoder()
    for await (const chunk of stream) output += decoder.decode(chunk, { stream: true })
  }
  const streams = Promise.all([read(process.stdout), read(process.stderr)])
  return {
    process,
    output: () => output,
    async answers(url, signal) {
      while (!(await isOk(url))) {
        if (process.exitCode !== null) {
          await streams
          throw new Error(`it ended with ${process.exitCode}:\n${output}`)
        }
        if (signal.aborted) throw new Error(`${url} does not answer:\n${output}`)
        // Platforms ask again and again too.
        await Bun.sleep(5)
      }
      return performance.now() - started
    },
  }
}

/** Debian's nobody, for a process that would be root otherwise. */
const nobody = 65_534
const asNobody = (): string[] =>
  process.getuid?.() === 0 && Bun.which('setpriv') !== null
    ? ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups', '--']
    : []

const isOk = (url: string): Promise<boolean> =>
  fetch(url).then(
    response => response.ok,
    () => false,
  )

/** The binary of this checkout, built into the folder, with the version it says it is. */
export async function buildBinary(folder: string, version: string): Promise<string> {
  const outfile = join(folder, 'bunkhouse')
  const build = [process.execPath, 'scripts/build.ts', '--outfile', outfile]
  await must(build, { env: { APP_VERSION: version } })
  return outfile
}

/** A copy of a folder that nobody may write to. */
export async function readOnlyCopy(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true })
  await cp(from, to, { recursive: true })
  await must(['chmod', '-R', 'a-w,a+rX', to])
  await chmod(join(to, '..'), 0o755)
}

/** A folder that any user may write to. */
export async function openFolder(path: string): Promise<string> {
  await mkdir(path, { recursive: true })
  await chmod(path, 0o777)
  return path
}

/** `POST /v1/runs/wait` with the built-in agent. @throws where it does not complete */
export async function runEcho(url: string, key: string, input = 'hello'): Promise<void> {
  const response = await fetch(`${url}/v1/runs/wait`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ agent: 'echo', input }),
  })
  const text = await response.text()
  if (response.status !== 200 || !text.includes(`"output":"${input}"`)) throw new Error(`${response.status} ${text}`)
}
