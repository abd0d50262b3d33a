import { TraceFlags } from '@opentelemetry/api'
import type { ReadableSpan, SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace'
import { Loop } from '../../runtime/loop.ts'
import type { Service } from '../../runtime/service.ts'
import type { FactListener } from '../facts.ts'

export interface SpanQueueOptions {
  exporter: SpanExporter
  emit: FactListener
  queueSize: number
  batchSize: number
  delayMs: number
}

/** For what is left when the process stops. A collector that is away must not keep it longer. */
const flushMs = 1_500

/**
 * Spans on their way to the collector: so many wait, and are sent in batches, one after the other. What finds no room, and
 * what the collector does not take, is dropped and told of; whoever ends a span never waits. Stands in for the SDK's own
 * batches, which tell nobody what they drop.
 */
export class SpanQueue implements SpanProcessor, Service {
  readonly name = 'tracing'
  readonly #options: SpanQueueOptions
  readonly #loop: Loop
  #waiting: ReadableSpan[] = []
  #sending = 0
  #closed = false

  constructor(options: SpanQueueOptions) {
    this.#options = options
    this.#loop = new Loop({
      name: 'traces',
      body: () => this.#turn(),
      onError: error => options.emit('loop.failed', { loop: 'traces', error }),
    })
  }

  start(): void {
    this.#loop.start()
  }

  /** Sends what is left, for a moment: the signal may be aborted already when it is this one's turn. */
  async stop(): Promise<void> {
    if (this.#closed) return
    const late = Promise.withResolvers<'late'>()
    AbortSignal.timeout(flushMs).addEventListener('abort', () => late.resolve('late'))
    await Promise.race([this.#flush(), late.promise])
    this.#closed = true
    const left = this.#sending + this.#waiting.splice(0).length
    if (left > 0) this.#options.emit('spans.dropped', { count: left, reason: 'stopped', error: undefined })
    // It would wait for what is on its way.
    this.#options.exporter.shutdown().catch(() => {})
  }

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return
    const { queueSize, batchSize, emit } = this.#options
    if (this.#closed) return
    if (this.#waiting.length >= queueSize) emit('spans.dropped', { count: 1, reason: 'no_room', error: undefined })
    else if (this.#waiting.push(span) >= batchSize) this.#loop.wake()
  }

  /** Of the SDK's interface. The lifecycle stops it, and nobody else asks for a flush. */
  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {}

  async #flush(): Promise<void> {
    await this.#loop.stop()
    while (this.#waiting.length > 0 && !this.#closed) await this.#send()
  }

  async #turn(): Promise<number> {
    if (this.#waiting.length > 0) await this.#send()
    const { batchSize, delayMs } = this.#options
    return this.#waiting.length >= batchSize ? 0 : delayMs
  }

  async #send(): Promise<void> {
    const { exporter, batchSize, emit } = this.#options
    const batch = this.#waiting.splice(0, batchSize)
    this.#sending = batch.length
    const { promise, resolve } = Promise.withResolvers<Parameters<Parameters<SpanExporter['export']>[1]>[0]>()
    exporter.export(batch, resolve)
    const { code, error } = await promise
    // What was given up when the process stopped is told of already.
    if (this.#closed) return
    this.#sending = 0
    if (code !== 0) emit('spans.dropped', { count: batch.length, reason: 'not_taken', error })
  }
}
