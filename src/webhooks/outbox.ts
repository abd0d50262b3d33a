import { type ApprovalNews, isAskedOfPerson } from '../approvals/approval-outbox.ts'
import type { BudgetNews } from '../budgets/budget-outbox.ts'
import type { Database, Transaction } from '../db/database.ts'
import type { Notifier } from '../db/notifier.ts'
import { insertJobs } from '../queue/sql/insert-jobs.ts'
import { queueTime } from '../queue/time.ts'
import type { RunNews, RunOutbox } from '../runs/run-outbox.ts'
import { runSpan } from '../runs/trace-run.ts'
import type { Clock } from '../runtime/clock.ts'
import { newId } from '../runtime/id.ts'
import type { OccurrenceNews, OccurrenceOutbox } from '../schedules/occurrence-outbox.ts'
import type { Tracer } from '../telemetry/tracing/tracer.ts'
import type { Subscription, WebhookBook } from './book.ts'
import { deliverJob, deliverJobOf, ensureQueue } from './deliver-job.ts'
import { approvalMessage, budgetMessage, type Message, occurrenceMessage, runMessage } from './envelope.ts'
import { matches } from './event-type.ts'
import { insertDeliveries, type NewDelivery } from './sql/insert-deliveries.ts'

interface OutboxOptions {
  book: WebhookBook
  database: Database
  clock: Clock
  notifier: Notifier
  tracer?: Tracer | null
  /** Wakes this process's worker of a queue: a process does not hear its own hints. */
  wakeQueue(queue: string): void
}

/** A commit that began so long after something was told is none of those that told it. */
const wakesForMs = 5_000

/**
 * What is to be told outside goes into rows that commit with what they tell of, each with a job that delivers it: none
 * of it is lost in a crash, and what is rolled back is never told.
 */
export class Outbox implements RunOutbox, OccurrenceOutbox {
  readonly book: WebhookBook
  readonly #options: OutboxOptions
  #toldAt = Number.NEGATIVE_INFINITY

  constructor(options: OutboxOptions) {
    this.book = options.book
    this.#options = options
  }

  listens(tenantId: string, webhook: unknown): boolean {
    return webhook !== null || this.book.has(tenantId)
  }

  async tellRuns(tx: Transaction, news: RunNews[]): Promise<void> {
    const deliveries: NewDelivery[] = []
    for (const item of news) {
      const { run } = item
      const subscribed = this.#subscribed({ type: item.type, tenantId: run.tenantId, agents: [run.agent] })
      const own = run.webhook?.events.includes(item.type) ? run.webhook : null
      if (subscribed.length === 0 && !own) continue
      const message = runMessage(item)
      const made = this.#deliveries(message, subscribed)
      if (own) made.push(this.#delivery(message, { webhookId: null, url: own.url, messageId: newMessageId() }))
      deliveries.push(...made)
    }
    await this.add(tx, deliveries)
  }

  async tellApprovals(tx: Transaction, news: ApprovalNews[]): Promise<void> {
    const heard = news.filter(({ approval }) => this.book.has(approval.tenantId) && isAskedOfPerson(approval))
    await this.tell(tx, heard.map(approvalMessage))
  }

  async tellBudgets(tx: Transaction, news: BudgetNews[]): Promise<void> {
    const heard = news.filter(({ budget }) => this.book.has(budget.tenantId))
    await this.tell(tx, heard.map(budgetMessage))
  }

  async tellOccurrences(tx: Transaction, news: OccurrenceNews[]): Promise<void> {
    const heard = news.filter(({ occurrence }) => this.book.has(occurrence.tenantId))
    await this.tell(tx, heard.map(occurrenceMessage))
  }

  /** Tells each message to those webhooks of its tenant that want to hear of it, except one. */
  async tell(tx: Transaction, messages: Message[], exceptId?: string): Promise<void> {
    const deliveries = messages.flatMap(message =>
      this.#deliveries(
        message,
        this.#subscribed(message).filter(({ id }) => id !== exceptId),
      ),
    )
    await this.add(tx, deliveries)
  }

  /** Tells one webhook, whatever it wants to hear of. Returns the id of the delivery. */
  async tellOne(tx: Transaction, message: Message, { id, url }: Pick<Subscription, 'id' | 'url'>): Promise<string> {
    const delivery = this.#delivery(message, { webhookId: id, url, messageId: newMessageId() })
    await this.add(tx, [delivery])
    return delivery.id
  }

  /** Puts deliveries in the outbox, with their jobs. */
  async add(tx: Transaction, deliveries: NewDelivery[]): Promise<void> {
    if (deliveries.length === 0) return
    await insertDeliveries(tx, deliveries)
    await this.enqueue(tx, deliveries)
  }

  /** The jobs alone, of deliveries that are there. */
  async enqueue(
    tx: Transaction,
    deliveries: Pick<NewDelivery, 'id' | 'jobId' | 'tenantId' | 'traceParent' | 'webhookId' | 'url'>[],
  ): Promise<void> {
    if (deliveries.length === 0) return
    const now = queueTime(tx, this.#options.clock)
    if (!this.book.queueIsSet) await ensureQueue(tx, now)
    await insertJobs(tx, deliveries.map(deliverJobOf), { now, leaseMs: 0 })
    this.#toldAt = performance.now()
  }

  wake(): void {
    if (performance.now() - this.#toldAt > wakesForMs) return
    this.#options.wakeQueue(deliverJob.queue)
    this.#options.notifier.publish('queue', deliverJob.queue)
  }

  #subscribed({ type, tenantId, agents }: Pick<Message, 'type' | 'tenantId' | 'agents'>): Subscription[] {
    return this.book
      .of(tenantId)
      .filter(({ events, agents: wanted }) => matches(events, type) && coversAgents(wanted, agents))
  }

  #deliveries(message: Message, to: Subscription[]): NewDelivery[] {
    const messageId = newMessageId()
    return to.map(({ id, url }) => this.#delivery(message, { webhookId: id, url, messageId }))
  }

  #delivery(
    { tenantId, runId, type, body, run }: Message,
    to: Pick<NewDelivery, 'webhookId' | 'url' | 'messageId'>,
  ): NewDelivery {
    const { clock, tracer = null } = this.#options
    const traceParent = run ? runSpan(tracer, run)?.handed : undefined
    const [id, jobId, createdAt] = [newId('dlv'), newId('job'), clock.now()]
    return { id, tenantId, runId, event: type, body, jobId, createdAt, ...to, ...(traceParent && { traceParent }) }
  }
}

/** Null: all agents. */
const coversAgents = (wanted: readonly string[] | null, agents: readonly string[] | null): boolean =>
  wanted === null || (agents?.every(agent => wanted.includes(agent)) ?? false)

const newMessageId = () => newId('evt')
