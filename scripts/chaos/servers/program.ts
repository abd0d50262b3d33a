import { rm } from 'node:fs/promises'
import type { Account } from '../../services/account.ts'
import { keep } from '../../services/keeper.ts'

export interface ProgramOptions {
  /** Letters and dashes, for its temporary folder. */
  name: string
  command: string[]
  env: Record<string, string | undefined>
  /** What it prints goes to the end of this file. */
  log: string
  /** A file that this may write its process id to. */
  pidFile: string
  /** Who runs it, when not this process's user. */
  account?: Account | undefined
}

/** A program that ends with this process, however that ends, also while it is frozen. */
export interface Program {
  pid: number
  /** Resolves when it has ended. */
  ended: Promise<unknown>
  signal(name: NodeJS.Signals): void
  /** SIGKILL; resolves when it has ended. Safe to call twice. */
  stop(): Promise<void>
}

export async function startProgram(options: ProgramOptions): Promise<Program> {
  const { name, command, env, log, pidFile, account } = options
  await rm(pidFile, { force: true })
  const kept = await keep({
    name: `chaos-${name}`,
    durable: false,
    account,
    run: `echo $$ >${quoted(pidFile)}; exec ${command.map(quoted).join(' ')} >>${quoted(log)} 2>&1`,
    stop: 'kill -KILL "$server"',
    env,
  })
  const pid = await readPid(pidFile, kept.ended)
  return {
    pid,
    ended: kept.ended,
    signal: signal => {
      try {
        process.kill(pid, signal)
      } catch {
        // It has ended already.
      }
    },
    stop: kept.stop,
  }
}

async function readPid(file: string, ended: Promise<string>): Promise<number> {
  let over: string | undefined
  void ended.then(last => {
    over = last
  })
  for (;;) {
    const text = await Bun.file(file)
      .text()
      .catch(() => '')
    if (text.endsWith('\n')) return Number(text)
    if (over !== undefined) throw new Error(`A program ended before it began: ${over}`)
    await Bun.sleep(2)
  }
}

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`
