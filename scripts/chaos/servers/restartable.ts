import { type Program, type ProgramOptions, startProgram } from './program.ts'

const answerWithinMs = 60_000
const pauseMs = 50

/** A server that is killed and started again, always on the same port and data. */
export class RestartableServer {
  readonly url: string
  readonly #options: ProgramOptions
  readonly #ping: (url: string) => Promise<void>
  #program: Program | undefined
  #last: Promise<unknown> = Promise.resolve()
  #closed = false

  constructor(url: string, options: ProgramOptions, ping: (url: string) => Promise<void>) {
    this.url = url
    this.#options = options
    this.#ping = ping
  }

  /** Resolves when it answers. */
  async start(): Promise<void> {
    const deadline = performance.now() + answerWithinMs
    let running = false
    while (!this.#closed && !(await this.#answers())) {
      if (performance.now() > deadline)
        throw new Error(`${this.#options.name} does not start; see ${this.#options.log}`)
      if (!running) {
        // What the last one has left may be in its way for a moment.
        running = true
        this.#program = await startProgram(this.#options)
        void this.#program.ended.then(() => {
          running = false
        })
      }
      await Bun.sleep(pauseMs)
    }
  }

  /** Restarts wait for each other. */
  restart(signal: NodeJS.Signals, downMs: number): Promise<void> {
    const done = this.#last.then(async () => {
      this.#program?.signal(signal)
      await this.#program?.ended
      await Bun.sleep(downMs)
      await this.start()
    })
    this.#last = done.catch(() => {})
    return done
  }

  /** For good. */
  async stop(): Promise<void> {
    this.#closed = true
    await this.#program?.stop()
  }

  #answers(): Promise<boolean> {
    return this.#ping(this.url).then(
      () => true,
      () => false,
    )
  }
}
