import { eq } from 'drizzle-orm'
import type { Database } from '../db/database.ts'
import type { Notifier } from '../db/notifier.ts'
import { Loop } from '../runtime/loop.ts'
import type { Service } from '../runtime/service.ts'
import type { FactListener } from '../telemetry/facts.ts'
import { hasQueue } from './deliver-job.ts'
import { toWebhook, type Webhook } from './webhook.ts'

export type Subscription = Pick<Webhook, 'id' | 'tenantId' | 'url' | 'events' | 'agents'>

/** How long a change that another process made may go unnoticed where its hint was lost. */
const pollMs = 5_000

const none: readonly Subscription[] = []

/** Which webhooks are enabled, at hand: whoever changes a run must not have to ask the database for them. */
export class WebhookBook implements Service {
  readonly name = 'webhook book'
  readonly #app: { database: Database; notifier: Notifier; emit: FactListener }
  readonly #loop: Loop
  #byTenant: ReadonlyMap<string, readonly Subscription[]> = new Map()
  #unsubscribe: () => void = () => {}
  #queueIsSet = false
  /** Readings that began; the last of them counts. */
  #readings = 0

  constructor(app: { database: Database; notifier: Notifier; emit: FactListener }) {
    this.#app = app
    let isFirst = true
    this.#loop = new Loop({
      name: this.name,
      onError: error => app.emit('loop.failed', { loop: this.name, error }),
      body: async () => {
        // The start has just read it.
        if (!isFirst) await this.read()
        isFirst = false
        return pollMs
      },
    })
  }

  /** Has read all of them when it returns: nothing is made before that nobody hears of. */
  async start(): Promise<void> {
    await this.read()
    this.#unsubscribe = this.#app.notifier.subscribe('webhook', () => this.#loop.wake())
    this.#loop.start()
  }

  async stop(): Promise<void> {
    this.#unsubscribe()
    await this.#loop.stop()
  }

  of(tenantId: string): readonly Subscription[] {
    return this.#byTenant.get(tenantId) ?? none
  }

  has(tenantId: string): boolean {
    return this.#byTenant.size > 0 && this.#byTenant.has(tenantId)
  }

  /** Their queue is known to be in the database: what is seen here is committed. */
  get queueIsSet(): boolean {
    return this.#queueIsSet
  }

  /** After this process has changed one: it knows at once, and tells the others. */
  async changed(): Promise<void> {
    this.#app.notifier.publish('webhook', 'changed')
    await this.read()
  }

  async read(): Promise<void> {
    const reading = ++this.#readings
    const { orm, tables } = this.#app.database
    if (!this.#queueIsSet) this.#queueIsSet = await hasQueue(this.#app.database)
    const rows = await orm.select().from(tables.webhooks).where(eq(tables.webhooks.state, 'enabled'))
    if (reading === this.#readings) this.#byTenant = Map.groupBy(rows.map(toWebhook), ({ tenantId }) => tenantId)
  }
}
