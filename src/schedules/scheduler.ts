import { queueTime } from '../queue/time.ts'
import { Loop } from '../runtime/loop.ts'
import type { Service } from '../runtime/service.ts'
import { type FireContext, fireDue } from './fire-due.ts'
import { nextScheduleMs } from './sql/due-schedules.ts'

/** How long a change that another process made may go unnoticed. */
const pollMs = 5_000
/** While another process holds what is due. */
const soonMs = 50

/** Fires schedules when they are due. Any number of processes may run one. */
export class Scheduler implements Service {
  readonly name = 'scheduler'
  readonly #app: FireContext
  readonly #loop: Loop
  #unsubscribe: () => void = () => {}

  constructor(app: FireContext) {
    this.#app = app
    this.#loop = new Loop({
      name: this.name,
      body: () => this.#turn(),
      onError: error => app.emit('loop.failed', { loop: this.name, error }),
    })
  }

  start(): void {
    this.#unsubscribe = this.#app.notifier.subscribe('schedule', () => this.wake())
    this.#loop.start()
  }

  async stop(): Promise<void> {
    this.#unsubscribe()
    await this.#loop.stop()
  }

  /** A schedule has changed: its next time may be sooner than the one waited for. */
  wake(): void {
    this.#loop.wake()
  }

  /** Returns the milliseconds until the next turn. */
  async #turn(): Promise<number> {
    const { database, clock } = this.#app
    const { more } = await fireDue(this.#app)
    if (more) return 0
    const next = await nextScheduleMs(database, queueTime(database, clock))
    if (next === null) return pollMs
    return next > 0 ? Math.min(pollMs, next) : soonMs
  }
}
