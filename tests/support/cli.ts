import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { program } from './program.ts'
import { writeFiles } from './temporary-files.ts'

export interface CliResult {
  /** Null: ended by a signal. */
  code: number | null
  stdout: string
  stderr: string
}

export interface CliOptions {
  env?: Record<string, string | undefined>
  /** Standard input; default: none. */
  input?: string | Uint8Array
  /** Nobody reads standard output: the pipe is closed at once. */
  unread?: boolean
}

/** The program as an operator calls it, always in one folder of its own. */
export interface Cli extends AsyncDisposable {
  folder: string
  /** What every call has in its environment. */
  env: Record<string, string | undefined>
  /** Runs one command to its end. */
  run(args: string[], options?: CliOptions): Promise<CliResult>
  /** Starts one command and returns at once. Ended with this. */
  start(args: string[], options?: CliOptions): StartedCli
  /**
   * Runs one command with a terminal for all three streams; what it writes comes as one text. With `stopAt` it gets a
   * SIGTERM once it has written that.
   */
  terminal(
    args: string[],
    options?: Pick<CliOptions, 'env'> & { stopAt?: string },
  ): Promise<{ code: number | null; output: string }>
}

export interface StartedCli {
  process: Bun.Subprocess<'pipe', 'pipe', 'pipe'>
  /** Resolves when standard output holds the text; rejects when it ends without. */
  said(text: string): Promise<void>
  /** The same of standard error. */
  complained(text: string): Promise<void>
  result: Promise<CliResult>
}

/** Nothing of this machine's settings, SQLite in the folder, and these files in it. */
export async function openCli(files: Record<string, string> = {}): Promise<Cli> {
  const folder = await mkdtemp(join(tmpdir(), 'bunkhouse-cli-'))
  writeFiles(folder, files)
  const env = { PATH: process.env.PATH, HOME: folder, HOST: '127.0.0.1', DRAIN_SECONDS: '5' }
  const command = (args: string[]) => [...program, ...args]
  const running = new Set<Bun.Subprocess>()
  const begun = <P extends Bun.Subprocess>(child: P): P => {
    running.add(child)
    void child.exited.then(() => running.delete(child))
    return child
  }

  const start = (args: string[], options: CliOptions = {}): StartedCli => {
    const child = begun(
      Bun.spawn(command(args), { cwd: folder, env: { ...env, ...options.env }, stdio: ['pipe', 'pipe', 'pipe'] }),
    )
    if (options.input !== undefined) child.stdin.write(options.input)
    child.stdin.end()
    const stderr = gather(child.stderr)
    if (options.unread) void child.stdout.cancel()
    const stdout = options.unread ? gather(new Blob().stream()) : gather(child.stdout)
    const result = Promise.all([stdout.all, stderr.all, child.exited]).then(([answer, complaints]) => ({
      code: child.signalCode === null ? child.exitCode : null,
      stdout: answer,
      stderr: complaints,
    }))
    return { process: child, said: stdout.until, complained: stderr.until, result }
  }

  return {
    folder,
    env,
    start,
    run: (args, options) => start(args, options).result,
    terminal: async (args, options = {}) => {
      let output = ''
      let { stopAt } = options
      const decoder = new TextDecoder()
      const child = begun(
        Bun.spawn(command(args), {
          cwd: folder,
          env: { ...env, TERM: 'xterm', ...options.env },
          terminal: {
            cols: 300,
            rows: 50,
            data: (_terminal, bytes) => {
              output += decoder.decode(bytes, { stream: true })
              if (stopAt === undefined || !output.includes(stopAt)) return
              stopAt = undefined
              child.kill('SIGTERM')
            },
          },
        }),
      )
      await child.exited
      return { code: child.signalCode === null ? child.exitCode : null, output }
    },
    [Symbol.asyncDispose]: async () => {
      for (const child of running) child.kill('SIGKILL')
      await Promise.all([...running].map(child => child.exited))
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Collects a stream's text, and lets one wait for a part of it. */
function gather(stream: ReadableStream<Uint8Array>) {
  let text = ''
  let ended = false
  let news = Promise.withResolvers<void>()
  const told = () => {
    news.resolve()
    news = Promise.withResolvers()
  }
  const all = (async () => {
    const decoder = new TextDecoder()
    for await (const part of stream) {
      text += decoder.decode(part, { stream: true })
      told()
    }
    ended = true
    told()
    return text
  })()
  const until = async (wanted: string) => {
    while (!text.includes(wanted)) {
      if (ended) throw new Error(`It ended without saying ${wanted}:\n${text}`)
      await news.promise
    }
  }
  return { all, until }
}
