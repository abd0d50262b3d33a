import { hostname } from 'node:os'
import { eq, ne } from 'drizzle-orm'
import type { AppContext } from '../context.ts'
import { queueTime } from '../queue/time.ts'
import { newId } from '../runtime/id.ts'
import type { LifecycleState } from '../runtime/lifecycle.ts'
import { Loop } from '../runtime/loop.ts'
import type { Service } from '../runtime/service.ts'
import type { OwnProcess, ProcessRecord } from './process-record.ts'
import { writeProcess } from './sql/write-process.ts'

export interface PresenceOptions extends Pick<AppContext, 'clock' | 'config' | 'database' | 'emit'> {
  /** No other process serves the database: whoever is in the table is dead. */
  soleOwner: boolean
}

const everyMs = 10_000

/** Writes this process into the table of processes while it lives, and takes it out when it stops. */
export class Presence implements Service {
  readonly name = 'presence'
  readonly #options: PresenceOptions
  readonly #loop: Loop
  readonly #self: Omit<ProcessRecord, 'seenAt' | 'state'>
  #state: LifecycleState = 'starting'
  #written = false

  constructor(options: PresenceOptions) {
    this.#options = options
    const { clock, config, emit } = options
    this.#self = {
      id: newId('prc'),
      host: hostname(),
      pid: process.pid,
      version: config.version,
      roles: [...config.roles],
      startedAt: clock.now(),
    }
    this.#loop = new Loop({
      name: this.name,
      body: async () => {
        await this.#write()
        return everyMs
      },
      onError: error => emit('loop.failed', { loop: this.name, error }),
    })
  }

  /** Nothing is written yet: a start is not to wait for it, and one that fails was never there. */
  start(): void {}

  async stop(): Promise<void> {
    await this.#loop.stop()
    if (!this.#written) return
    this.#written = false
    const { id } = this.#self
    await this.#options.database.transaction(async ({ orm, tables }) => {
      await orm.delete(tables.processes).where(eq(tables.processes.id, id))
    })
  }

  /** The process is in another state now. */
  enter(state: LifecycleState): void {
    this.#state = state
    if (state === 'ready') this.#loop.start()
    this.#loop.wake()
  }

  /** This process as it is now. */
  get self(): OwnProcess {
    return { ...this.#self, state: this.#state, seenAt: this.#options.clock.now() }
  }

  async #write(): Promise<void> {
    const { clock, database, soleOwner } = this.#options
    const first = !this.#written
    this.#written = true
    await database.transaction(async tx => {
      const { processes } = tx.tables
      if (first && soleOwner) await tx.orm.delete(processes).where(ne(processes.id, this.#self.id))
      await writeProcess(tx, this.self, queueTime(tx, clock))
    })
  }
}
