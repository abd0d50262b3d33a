import { readConfig } from '../../src/config.ts'
import type { Actor } from '../../src/context.ts'
import type { Database } from '../../src/db/database.ts'
import { LocalNotifier } from '../../src/db/notifier.ts'
import { type EgressPolicy, egressPolicy } from '../../src/egress/policy.ts'
import { CancelRequested } from '../../src/queue/abort-reason.ts'
import type { Outcome } from '../../src/queue/job.ts'
import type { Settled } from '../../src/queue/kind.ts'
import { createSealer } from '../../src/secrets/seal.ts'
import { WebhookBook } from '../../src/webhooks/book.ts'
import { createWebhook, type WebhookInput } from '../../src/webhooks/create-webhook.ts'
import { type DeliverContext, deliverJobKind } from '../../src/webhooks/deliver.ts'
import { deliverJob } from '../../src/webhooks/deliver-job.ts'
import type { Delivery } from '../../src/webhooks/delivery.ts'
import { Outbox } from '../../src/webhooks/outbox.ts'
import { pingWebhook } from '../../src/webhooks/ping-webhook.ts'
import { readDelivery } from '../../src/webhooks/read-delivery.ts'
import { readWebhook } from '../../src/webhooks/read-webhook.ts'
import { FactLog } from '../support/fact-log.ts'
import { FakeClock } from '../support/fake-clock.ts'

/** Delivers by hand, attempt by attempt, on a clock that stands still. */
export function openDesk(
  database: Database,
  options: { egress?: EgressPolicy; keys?: string[]; isProduction?: boolean } = {},
) {
  const clock = new FakeClock()
  const facts = new FactLog()
  const notifier = new LocalNotifier()
  const book = new WebhookBook({ database, notifier, emit: facts.emit })
  const outbox = new Outbox({ book, database, clock, notifier, wakeQueue: () => {} })
  const app: DeliverContext = {
    clock,
    config: readConfig({}),
    database,
    egress: options.egress ?? egressPolicy(['127.0.0.1']),
    emit: facts.emit,
    outbox,
    sealer: createSealer({ keys: options.keys ?? [], isProduction: options.isProduction ?? false }),
  }
  const kind = deliverJobKind(app)
  const actor: Actor = { tenantId: `tenant-${crypto.randomUUID()}`, keyId: null }
  const read = async (id: string): Promise<Delivery> => (await readDelivery(app, actor, id)).delivery
  return {
    app,
    kind,
    clock,
    facts,
    actor,
    book,
    outbox,
    read,
    webhook: async (input: WebhookInput) => (await createWebhook(app, actor, input)).webhook,
    readWebhook: (id: string) => readWebhook(database, actor, id),
    ping: async (webhookId: string) => (await pingWebhook(app, actor, webhookId)).delivery.id,
    /** Makes one attempt of a delivery's job, and says what it decided. */
    async attempt(
      id: string,
      {
        signal = new AbortController().signal,
        attempt = 1,
        jobId: given,
      }: { signal?: AbortSignal; attempt?: number; jobId?: string } = {},
    ): Promise<Outcome | Settled> {
      const { jobId, tenantId } = await read(id)
      const job = {
        id: given ?? jobId,
        tenantId,
        ...deliverJob,
        payload: { delivery_id: id },
        attempt,
        maxAttempts: 100,
      }
      const perform = { job: { ...job, ordered: false }, signal, warm: undefined, log: () => {}, progress: () => {} }
      return kind.perform(perform)
    },
  }
}

export const cancelRequested = () => new CancelRequested('Cancelled on request.')
