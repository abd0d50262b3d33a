import { join, resolve } from 'node:path'
import { freePort } from '../../services/free-port.ts'
import { type Program, startProgram } from './program.ts'

const root = resolve(import.meta.dir, '../../..')
const startWithinMs = 90_000
const endWithinMs = 30_000
const pauseMs = 30

export const chaosKey = 'bh_chaos_key_of_this_machine_alone'

export interface ReplicaOptions {
  slot: number
  /** Where it runs, and keeps its log and what its clock shows. */
  folder: string
  env: Record<string, string | undefined>
  /** Told of what no fault explains. */
  onTrouble(text: string): void
}

/** The place of one process of the service: whoever is in it ends, and another one is started. */
export class Replica {
  /** Where it answers, or answered last. */
  url: string | undefined
  starts = 0
  failedStarts = 0
  readonly #options: ReplicaOptions
  readonly #clock: string
  #program: Program | undefined
  #last: Promise<unknown> = Promise.resolve()
  #wanted = false
  #closed = false
  #furthestMs = 0

  constructor(options: ReplicaOptions) {
    this.#options = options
    this.#clock = join(options.folder, `clock-${options.slot}`)
  }

  get log(): string {
    return join(this.#options.folder, `process-${this.#options.slot}.log`)
  }

  /** Resolves when it serves. Like a supervisor it tries again when a start fails, as one does while the database is away. */
  async start(): Promise<void> {
    this.#wanted = !this.#closed
    const deadline = performance.now() + startWithinMs
    while (this.#wanted) {
      const url = `http://127.0.0.1:${freePort()}`
      const program = await this.#spawn(url)
      let ended = false
      void program.ended.then(() => {
        ended = true
      })
      while (!ended && performance.now() < deadline) {
        if (await isHealthy(url)) {
          this.url = url
          this.starts++
          void program.ended.then(() => this.#ended(program))
          return
        }
        await Bun.sleep(pauseMs)
      }
      this.failedStarts++
      await program.stop()
      if (performance.now() > deadline) {
        this.#options.onTrouble(`Process ${this.#options.slot} does not start; see ${this.log}`)
        return
      }
    }
  }

  /** Resolves when another process serves in its place. */
  restart(signal: 'SIGKILL' | 'SIGTERM', downMs: number): Promise<void> {
    return this.#inTurn(async () => {
      await this.#end(signal)
      await Bun.sleep(downMs)
      await this.start()
    })
  }

  freeze(forMs: number): Promise<void> {
    return this.#inTurn(async () => {
      this.#program?.signal('SIGSTOP')
      await Bun.sleep(forMs)
      this.#program?.signal('SIGCONT')
    })
  }

  /** Now, and in every process that takes its place. */
  setClock(aheadMs: number): Promise<void> {
    this.#furthestMs = Math.max(this.#furthestMs, aheadMs)
    return this.#inTurn(async () => {
      await Bun.write(this.#clock, String(aheadMs))
      this.#program?.signal('SIGUSR2')
    })
  }

  /** Where the clock decides what is due, nothing has to wait for it to catch up with what it once showed. */
  leaveClock(): Promise<void> {
    return this.setClock(this.#furthestMs)
  }

  /** In good order. */
  stop(): Promise<void> {
    return this.#inTurn(() => this.#end('SIGTERM'))
  }

  /** At once and for good, whatever is under way. */
  async kill(): Promise<void> {
    this.#closed = true
    this.#wanted = false
    await this.#program?.stop()
  }

  async #spawn(url: string): Promise<Program> {
    const { slot, folder, env } = this.#options
    const clock = join(import.meta.dir, 'set-clock.ts')
    const program = await startProgram({
      name: `process-${slot}`,
      command: [process.execPath, '--preload', clock, join(root, 'src/main.ts'), 'serve'],
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        HOST: '127.0.0.1',
        PORT: new URL(url).port,
        BUNKHOUSE_API_KEY: chaosKey,
        CHAOS_CLOCK: this.#clock,
        ...env,
      },
      log: this.log,
      pidFile: join(folder, `process-${slot}.pid`),
    })
    this.#program = program
    if (!this.#wanted) await program.stop()
    return program
  }

  async #end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    this.#wanted = false
    const program = this.#program
    program?.signal(signal)
    const late = Symbol('late')
    if ((await Promise.race([program?.ended, Bun.sleep(endWithinMs).then(() => late)])) !== late) return
    this.#options.onTrouble(`Process ${this.#options.slot} has not ended ${endWithinMs / 1_000} s after ${signal}`)
    await program?.stop()
  }

  #ended(program: Program): void {
    if (!this.#wanted || program !== this.#program) return
    this.#options.onTrouble(`Process ${this.#options.slot} (pid ${program.pid}) ended by itself; see ${this.log}`)
    void this.#inTurn(() => this.start())
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#last.then(work)
    this.#last = done.catch(() => {})
    return done
  }
}

const isHealthy = (url: string): Promise<boolean> =>
  fetch(`${url}/health`, { signal: AbortSignal.timeout(1_000) }).then(
    response => response.ok,
    () => false,
  )
