import { eq } from 'drizzle-orm'
import type { Database } from '../db/database.ts'
import type { Notifier } from '../db/notifier.ts'
import { TableCopy } from '../db/table-copy.ts'
import type { FactListener } from '../telemetry/facts.ts'
import { hasQueue } from './deliver-job.ts'
import { toWebhook, type Webhook } from './webhook.ts'

export type Subscription = Pick<Webhook, 'id' | 'tenantId' | 'url' | 'events' | 'agents'>

interface Reading {
  byTenant: ReadonlyMap<string, readonly Subscription[]>
  queueIsSet: boolean
}

const none: readonly Subscription[] = []

/** Which webhooks are enabled, at hand: nothing is made after the start that nobody hears of. */
export class WebhookBook extends TableCopy<Reading> {
  constructor({ database, notifier, emit }: { database: Database; notifier: Notifier; emit: FactListener }) {
    const { orm, tables } = database
    super({
      name: 'webhook book',
      topic: 'webhook',
      notifier,
      emit,
      initial: { byTenant: new Map(), queueIsSet: false },
      read: async () => {
        const queueIsSet = this.queueIsSet || (await hasQueue(database))
        const rows = await orm.select().from(tables.webhooks).where(eq(tables.webhooks.state, 'enabled'))
        return { queueIsSet, byTenant: Map.groupBy(rows.map(toWebhook), ({ tenantId }) => tenantId) }
      },
    })
  }

  of(tenantId: string): readonly Subscription[] {
    return this.current.byTenant.get(tenantId) ?? none
  }

  has(tenantId: string): boolean {
    const { byTenant } = this.current
    return byTenant.size > 0 && byTenant.has(tenantId)
  }

  /** Their queue is known to be in the database: what is seen here is committed. */
  get queueIsSet(): boolean {
    return this.current.queueIsSet
  }
}
