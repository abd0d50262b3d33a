import type { AppContext } from '../context.ts'
import { Loop } from '../runtime/loop.ts'
import type { Service } from '../runtime/service.ts'
import { readOverrides } from './read-overrides.ts'
import { inForce, type Overrides, type SettingValues } from './setting.ts'

/** How long a change may go unnoticed when no hint comes. */
const pollMs = 2_000

/** Follows the settings of the database, and says what holds in this process whenever that becomes different. */
export class LiveSettings implements Service {
  readonly name = 'settings'
  readonly #app: Pick<AppContext, 'database' | 'emit' | 'notifier'>
  readonly #loop: Loop
  #configured: SettingValues
  #overrides: Overrides = {}
  #applied: SettingValues
  #unsubscribe: () => void = () => {}

  constructor(app: Pick<AppContext, 'database' | 'emit' | 'notifier'>, configured: SettingValues) {
    this.#app = app
    this.#configured = configured
    this.#applied = configured
    this.#loop = new Loop({
      name: this.name,
      body: async () => {
        this.#overrides = await readOverrides(app.database)
        this.#apply()
        return pollMs
      },
      onError: error => app.emit('loop.failed', { loop: this.name, error }),
    })
  }

  start(): void {
    this.#unsubscribe = this.#app.notifier.subscribe('settings', () => this.wake())
    this.#loop.start()
  }

  async stop(): Promise<void> {
    this.#unsubscribe()
    await this.#loop.stop()
  }

  /** Settings in the database have changed. */
  wake(): void {
    this.#loop.wake()
  }

  get configured(): SettingValues {
    return this.#configured
  }

  /** The configuration was read again. What is set in the database stays in force. */
  configure(values: SettingValues): void {
    this.#configured = values
    this.#apply()
  }

  #apply(): void {
    const { log_level, access_log_sample } = inForce(this.#configured, this.#overrides)
    const values: SettingValues = { log_level: log_level.value, access_log_sample: access_log_sample.value }
    if (Bun.deepEquals(values, this.#applied)) return
    this.#applied = values
    this.#app.emit('settings.applied', { logLevel: values.log_level, accessLogSample: values.access_log_sample })
  }
}
