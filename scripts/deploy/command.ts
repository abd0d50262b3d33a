import { resolve } from 'node:path'

export const root = resolve(import.meta.dir, '../..')

export interface CommandOptions {
  /** Default: the root of the repository. */
  cwd?: string
  /** Beside this process's own environment; undefined takes a variable away. */
  env?: Record<string, string | undefined>
  stdin?: string | Uint8Array
  signal?: AbortSignal
}

export interface Ended {
  status: number
  stdout: string
  stderr: string
}

/** Runs a program to its end, whatever that is. */
export async function run(command: string[], options: CommandOptions = {}): Promise<Ended> {
  const child = Bun.spawn(command, {
    cwd: options.cwd ?? root,
    // NODE_ENV is the test runner's.
    env: { ...process.env, NODE_ENV: undefined, ...options.env },
    stdin: options.stdin === undefined ? 'ignore' : new Blob([options.stdin]),
    stdout: 'pipe',
    stderr: 'pipe',
    ...(options.signal && { signal: options.signal }),
  })
  const [stdout, stderr, status] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited])
  return { status, stdout, stderr }
}

/** Runs a program that must end with 0; resolves to what it printed. Rejects with its last lines. */
export async function must(command: string[], options: CommandOptions = {}): Promise<string> {
  const { status, stdout, stderr } = await run(command, options)
  if (status === 0) return stdout
  const lines = `${stdout}\n${stderr}`.trim().split('\n').slice(-30).join('\n')
  throw new Error(`${command.join(' ').slice(0, 200)}: exit status ${status}\n${lines}`)
}

/** For `missing` of a check: the first of the programs that is not on PATH, in words. */
export function missingProgram(...programs: string[]): string | null {
  const absent = programs.find(program => Bun.which(program) === null)
  return absent === undefined ? null : `no ${absent} on PATH`
}
