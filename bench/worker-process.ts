import { pinned } from './pin.ts'

/** A process that does one job at a time. It stays warm from job to job, and ends when it is disposed of. */
export interface WorkerProcess<Job, Result> extends AsyncDisposable {
  run(job: Job): Promise<Result>
}

/** Starts a program that answers each message with a result, or with `{ error }`. `core` null: it may run on any. */
export function startWorker<Job, Result extends object>(
  program: string,
  core: number | null = null,
  args: string[] = [],
): WorkerProcess<Job, Result> {
  let answer = Promise.withResolvers<Result>()
  const child = Bun.spawn(pinned(core, [process.execPath, program, ...args]), {
    stdio: ['ignore', 'inherit', 'inherit'],
    ipc: (message: Result | { error: string }) => {
      if ('error' in message) answer.reject(new Error(String(message.error)))
      else answer.resolve(message)
    },
    onExit: () => answer.reject(new Error(`${program} ended.`)),
  })
  return {
    run: job => {
      if (child.exitCode !== null || child.signalCode !== null) return Promise.reject(new Error(`${program} ended.`))
      answer = Promise.withResolvers()
      child.send(job)
      return answer.promise
    },
    [Symbol.asyncDispose]: async () => {
      answer.promise.catch(() => {})
      child.kill()
      await child.exited
    },
  }
}
