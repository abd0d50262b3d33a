import { program } from '../support/program.ts'
import { temporaryFiles } from '../support/temporary-files.ts'
import { track } from './processes.ts'

/** A process that is not expected to serve; should it do so, it is killed. */
export interface FailingStart {
  process: Bun.Subprocess
  /** Resolves when it has ended: the exit status (null: killed), and all it wrote. */
  ended: Promise<{ status: number | null; output: string }>
}

export function startToFail(env: Record<string, string | undefined>): FailingStart {
  const folder = temporaryFiles()
  const child = Bun.spawn([...program, 'serve'], {
    cwd: folder.path,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, PORT: '0', HOST: '127.0.0.1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  track(child)
  let output = ''
  const read = async (stream: ReadableStream<Uint8Array>) => {
    const decoder = new TextDecoder()
    for await (const bytes of stream) {
      output += decoder.decode(bytes, { stream: true })
      if (output.includes('"listening"')) child.kill('SIGKILL')
    }
  }
  const end = async () => {
    await Promise.all([read(child.stdout), read(child.stderr), child.exited])
    folder[Symbol.dispose]()
    return { status: child.signalCode === null ? child.exitCode : null, output }
  }
  return { process: child, ended: end() }
}
