import {
  type Span as ApiSpan,
  type Tracer as ApiTracer,
  type Context,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api'
import { toHanded } from './handed.ts'
import type { SpanIds } from './span-ids.ts'
import { toHeaders, toSpanContext } from './traceparent.ts'
import type { Attributes, Span, SpanOptions, SpanStart, TraceHeaders, Tracer } from './tracer.ts'

export interface Recording {
  tracer: ApiTracer
  ids: SpanIds
  capturesContent: boolean
  /** Makes what is secret in a text unreadable. */
  hide(text: string): string
}

const kinds = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
  internal: SpanKind.INTERNAL,
} as const

const longestMessage = 1_000

/** What the core knows as a tracer, by the SDK's. */
export const recordingTracer = (recording: Recording): Tracer => ({
  start(name: string, { parent, ...options }: SpanStart): Span {
    const context = parent ? toSpanContext(parent) : null
    return begin(recording, name, options, context ? trace.setSpanContext(ROOT_CONTEXT, context) : ROOT_CONTEXT)
  },
})

function begin(recording: Recording, name: string, options: SpanOptions, context: Context): Span {
  const { kind, attributes = {}, startedAt, identity } = options
  const start = () =>
    recording.tracer.startSpan(
      name,
      { kind: kinds[kind], attributes, ...(startedAt !== undefined && { startTime: startedAt }) },
      context,
    )
  return new RecordedSpan(recording, identity === undefined ? start() : recording.ids.of(identity, start))
}

class RecordedSpan implements Span {
  readonly #recording: Recording
  readonly #span: ApiSpan

  constructor(recording: Recording, span: ApiSpan) {
    this.#recording = recording
    this.#span = span
  }

  get traceId(): string | undefined {
    const { traceId, traceFlags } = this.#span.spanContext()
    return traceFlags & TraceFlags.SAMPLED ? traceId : undefined
  }

  get headers(): TraceHeaders {
    return toHeaders(this.#span.spanContext())
  }

  get handed(): string {
    return toHanded(this.headers)
  }

  child(name: string, options: SpanOptions): Span {
    return begin(this.#recording, name, options, trace.setSpan(ROOT_CONTEXT, this.#span))
  }

  rename(name: string): void {
    this.#span.updateName(name)
  }

  set(attributes: Attributes): void {
    this.#span.setAttributes(attributes)
  }

  content(name: string, value: () => unknown): void {
    if (!this.#recording.capturesContent || !this.#span.isRecording()) return
    this.#span.setAttribute(name, this.#recording.hide(JSON.stringify(value()) ?? 'null'))
  }

  fail(type: string, message?: string): void {
    if (!this.#span.isRecording()) return
    this.#span.setAttribute('error.type', type)
    this.#span.setStatus({
      code: SpanStatusCode.ERROR,
      ...(message !== undefined && { message: this.#recording.hide(message).slice(0, longestMessage) }),
    })
  }

  end(at?: number): void {
    this.#span.end(at)
  }
}
