import { addCosts } from '../agents/models/prices.ts'
import type { StepLog, Usage } from '../agents/step.ts'
import type { Approval } from '../approvals/approval.ts'
import type { Charge, Warning } from '../budgets/settle-charges.ts'
import { LeaseLost } from '../queue/abort-reason.ts'
import type { Outcome } from '../queue/job.ts'
import type { Deferred } from '../runtime/deferred.ts'
import { deferred } from '../runtime/deferred.ts'
import type { NewMessage } from '../threads/insert-messages.ts'
import type { ThreadSummary } from '../threads/read-conversation.ts'
import { callUsage, runUsageEntry, type UsageEntry } from '../usage/usage-entry.ts'
import type { NewRun } from './create-batch.ts'
import type { NewEvent, RunEvent } from './event.ts'
import { isFinal, type Run } from './run.ts'

/** What one attempt wants written at once, under its fence. */
export interface RunChange {
  run: Run
  attempt: number
  /** The run's row differs from what is stored. */
  rowChanged: boolean
  events: RunEvent[]
  messages: NewMessage[]
  /** Of its thread. */
  summaries: (ThreadSummary & { threadId: string })[]
  outcome: Outcome | null
  /** What the run begins to wait for. */
  suspension: Suspension | null
  usage: UsageEntry[]
  /** Where budgets were asked. */
  charges: Charge[]
}

export interface Suspension {
  approvals: Approval[]
  /** Runs of other agents that are started with it. */
  children: Pick<NewRun, 'run' | 'job'>[]
  /** Later runs of its thread go on meanwhile. */
  leavesThread: boolean
}

type Summary = Extract<NewEvent, { type: 'history.summarized' }>['data']

interface Delta {
  type: 'text.delta' | 'reasoning.delta'
  step: number
  parts: string[]
  at: number
}

interface Pending {
  events: (RunEvent | Delta)[]
  messages: NewMessage[]
  summaries: RunChange['summaries']
  rowChanged: boolean
  outcome: Outcome | null
  suspension: Suspension | null
  usage: UsageEntry[]
  charges: Charge[]
  waiters: Deferred<void>[]
}

export interface RunLogOptions {
  run: Run
  attempt: number
  /** Number of the last stored event. */
  lastSeq: number
  now(): number
  /**
   * Asks to be written soon: at once where somebody waits for it, or for the first words of a step; else merged with what
   * comes meanwhile.
   */
  request(log: RunLog, urgency: 'waited_for' | 'first_words' | 'may_merge'): void
}

/**
 * The log of one run while this process executes it, and its only writer. Collects what is to be stored; deltas that
 * follow each other before a write become one event. The recorder takes, stores and acknowledges.
 */
export class RunLog implements StepLog {
  /** As it will be once what is pending is stored. */
  run: Run
  /** That have ended since it was opened. */
  modelCalls = 0
  readonly #options: RunLogOptions
  #seq: number
  #pending = emptyPending()
  #taken: { change: RunChange; waiters: Deferred<void>[] } | undefined
  #lost: Error | undefined
  /** The last step that has said something. */
  #speaking = 0
  /** Of the call under way. */
  #model = ''
  #isReserved = false
  /** Until when the run's time is charged, in milliseconds since 1970; null: no budget has been asked. */
  #chargedUntil: number | null = null

  constructor(options: RunLogOptions) {
    this.#options = options
    this.run = options.run
    this.#seq = options.lastSeq
  }

  /** Returns the event's time, for what ends with it. */
  append(event: NewEvent): number {
    const createdAt = this.#options.now()
    if (event.type === 'text.delta' || event.type === 'reasoning.delta') {
      this.#delta(event.type, event.data.step, event.data.text)
      return createdAt
    }
    if (event.type === 'step.started' && event.data.kind === 'model') this.#model = event.data.model
    if (event.type === 'model.failed') this.#model = event.data.next
    if (event.type === 'history.summarized') this.#summarized(event.data, createdAt)
    if (event.type === 'step.completed' && event.data.kind === 'model') this.#count(event.data.usage, createdAt)
    const { run } = this
    this.#pending.events.push({
      runId: run.id,
      tenantId: run.tenantId,
      seq: 0,
      type: event.type,
      data: JSON.stringify(event.data),
      createdAt,
    })
    this.#options.request(this, 'may_merge')
    return createdAt
  }

  text(step: number, delta: string): void {
    this.#delta('text.delta', step, delta)
  }

  reasoning(step: number, delta: string): void {
    this.#delta('reasoning.delta', step, delta)
  }

  /** Changes the run's row, with the next write. */
  update(change: Partial<Run>): void {
    this.run = { ...this.run, ...change }
    this.#pending.rowChanged = true
  }

  addMessages(messages: NewMessage[]): void {
    this.#pending.messages.push(...messages)
  }

  /** Stores all that is pending together with what the attempt decided; afterwards this log writes nothing more. */
  settle(outcome: Outcome, suspension: Suspension | null = null): Promise<void> {
    const { status, finishedAt } = this.run
    if (isFinal(status)) this.#pending.usage.push(runUsageEntry(this.run, status, finishedAt ?? this.#options.now()))
    // The call that it was for has not ended well.
    if (this.#isReserved) this.#charge({ tokens: 0, costUsd: 0, steps: 0 }, this.#options.now())
    this.#pending.outcome = outcome
    this.#pending.suspension = suspension
    return this.durable()
  }

  /** Something was taken from budgets for the next model call: what becomes of it is stored with its result. */
  reserved(): void {
    this.#isReserved = true
    this.#chargedUntil ??= this.#options.now()
  }

  /** What it took has brought budgets near their end. */
  warn(warnings: Warning[]): void {
    if (this.#lost || isFinal(this.run.status)) return
    for (const { budgetId, message } of warnings) {
      this.append({ type: 'budget.warning', data: { budget_id: budgetId, message } })
    }
  }

  durable(): Promise<void> {
    if (this.#lost) return Promise.reject(this.#lost)
    const waiter = deferred<void>()
    this.#pending.waiters.push(waiter)
    this.#options.request(this, 'waited_for')
    return waiter.promise
  }

  /** What is not on disk yet, as far as this process knows. */
  get unstored(): { events: number; oldestAt: number | null } {
    const taken = this.#taken?.change.events ?? []
    const [first = this.#pending.events[0]] = taken
    const events = taken.length + this.#pending.events.length
    return { events, oldestAt: first === undefined ? null : 'parts' in first ? first.at : first.createdAt }
  }

  get awaited(): boolean {
    return this.#pending.waiters.length > 0 || (this.#taken?.waiters.length ?? 0) > 0
  }

  /** What is to be written now. The same again until it was acknowledged. */
  take(): RunChange | null {
    if (this.#lost) return null
    if (!this.#taken) {
      const { events, messages, summaries, rowChanged, outcome, suspension, usage, charges, waiters } = this.#pending
      if (events.length === 0 && waiters.length === 0 && !rowChanged) return null
      this.#pending = emptyPending()
      const { run } = this
      const change = {
        run,
        attempt: this.#options.attempt,
        rowChanged,
        events: events.map(event => this.#numbered(event)),
        messages,
        summaries,
        outcome,
        suspension,
        usage,
        charges,
      }
      this.#taken = { change, waiters }
    }
    return this.#taken.change
  }

  acknowledge(): void {
    const waiters = this.#taken?.waiters ?? []
    this.#taken = undefined
    for (const waiter of waiters) waiter.resolve()
    // A write that had to be repeated has used up what was requested meanwhile.
    if (this.#pending.waiters.length > 0) this.#options.request(this, 'waited_for')
    else if (this.#pending.events.length > 0) this.#options.request(this, 'may_merge')
  }

  /** Nothing more can be written for this attempt. */
  lose(error: Error = new LeaseLost('The lease was taken over.')): void {
    this.#lost = error
    const waiters = [...(this.#taken?.waiters ?? []), ...this.#pending.waiters]
    this.#taken = undefined
    this.#pending = emptyPending()
    for (const waiter of waiters) waiter.reject(error)
  }

  #summarized({ model, position, text, usage }: Summary, now: number): void {
    this.#model = model
    this.#count(usage, now)
    const { threadId } = this.run
    if (threadId !== null) this.#pending.summaries.push({ threadId, position, text })
  }

  /** The row's tokens and cost are those of the steps in the log, as both are stored together. */
  #count(usage: Usage, now: number): void {
    const { input_tokens, output_tokens, cost_usd } = usage
    const { inputTokens, outputTokens, costUsd } = this.run
    this.modelCalls++
    this.#pending.usage.push(callUsage(this.run, this.#model, usage, now))
    if (this.#isReserved) this.#charge({ tokens: input_tokens + output_tokens, costUsd: cost_usd, steps: 1 }, now)
    this.update({
      inputTokens: inputTokens + input_tokens,
      outputTokens: outputTokens + output_tokens,
      costUsd: addCosts(costUsd, cost_usd),
    })
  }

  #charge(taken: Omit<Charge['taken'], 'seconds'>, at: number): void {
    const seconds = (at - (this.#chargedUntil ?? at)) / 1_000
    this.#pending.charges.push({ runId: this.run.id, taken: { ...taken, seconds }, at })
    this.#chargedUntil = at
    this.#isReserved = false
  }

  #delta(type: Delta['type'], step: number, text: string): void {
    const last = this.#pending.events.at(-1)
    if (last && 'parts' in last && last.type === type && last.step === step) last.parts.push(text)
    else this.#pending.events.push({ type, step, parts: [text], at: this.#options.now() })
    this.#options.request(this, step === this.#speaking ? 'may_merge' : 'first_words')
    this.#speaking = step
  }

  #numbered(event: RunEvent | Delta): RunEvent {
    const seq = ++this.#seq
    if (!('parts' in event)) return { ...event, seq }
    const data = JSON.stringify({ step: event.step, text: event.parts.join('') })
    const { id: runId, tenantId } = this.run
    return { runId, tenantId, seq, type: event.type, data, createdAt: event.at }
  }
}

const emptyPending = (): Pending => ({
  events: [],
  messages: [],
  summaries: [],
  rowChanged: false,
  outcome: null,
  suspension: null,
  usage: [],
  charges: [],
  waiters: [],
})
