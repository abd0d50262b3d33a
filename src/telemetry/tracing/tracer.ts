/**
 * What the core says of what it does and for how long, for traces. Where nothing is traced there is no tracer and there are
 * no spans: `tracer?.start(…)` costs nothing then, not even what it would be given. Names and attributes are those of
 * OpenTelemetry's semantic conventions; what they have no word for begins with `bunkhouse.`.
 */
export interface Tracer {
  /** Begins a trace, or goes on with the one that `parent` is part of. */
  start(name: string, options: SpanStart): Span
}

export type SpanKind = 'server' | 'client' | 'producer' | 'consumer' | 'internal'

/** Undefined ones are left out. */
export interface Attributes {
  readonly [name: string]: string | number | boolean | string[] | undefined
}

export interface SpanOptions {
  kind: SpanKind
  attributes?: Attributes
  /** Milliseconds since 1970; default: now. */
  startedAt?: number | undefined
  /**
   * What its id is made of, so that every process that starts it means the same one, and one of them can end it. Without
   * a parent its trace's id is made of that too. Default: random ids.
   */
  identity?: string
}

export interface SpanStart extends SpanOptions {
  parent?: TraceHeaders | string | null | undefined
}

/** What one process hands to another, so that it goes on with the trace: W3C traceparent, and tracestate if there is one. */
export type TraceHeaders = {
  traceparent: string
  tracestate?: string
}

/** Something that takes time. One that is never ended is never told of. */
export interface Span {
  /** Id of its trace, in hex; undefined where the trace is not among those that are recorded. */
  readonly traceId: string | undefined
  /** For requests to others. */
  readonly headers: TraceHeaders
  /** For a row in the database: `headers` as one text. */
  readonly handed: string
  /** Begins a part of it. */
  child(name: string, options: SpanOptions): Span
  rename(name: string): void
  set(attributes: Attributes): void
  /**
   * What is in a prompt, an answer, or what a tool got or gave. Not asked for, unless such content is to be recorded; then
   * as JSON, without what is known to be secret.
   */
  content(name: string, value: () => unknown): void
  /** @param type an identifier of which there are few; `message` is for people */
  fail(type: string, message?: string): void
  /** @param at milliseconds since 1970; default: now */
  end(at?: number): void
}
