import { type ReceivedSpan, readTraceRequest } from './trace-request.ts'

export interface SpanTree {
  name: string
  parts: SpanTree[]
}

/** A collector: takes traces by OTLP over HTTP, and lets a test wait for them. */
export class OtlpReceiver implements AsyncDisposable {
  readonly spans: ReceivedSpan[] = []
  readonly requests: { headers: Headers; path: string; spans: number }[] = []
  /** What it answers instead of 200, while it is set. */
  trouble: ((spans: ReceivedSpan[]) => Response | Promise<Response>) | null = null
  #heard = Promise.withResolvers<void>()
  readonly #server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    idleTimeout: 0,
    fetch: request => this.#take(request),
  })

  get url(): string {
    return `http://127.0.0.1:${this.#server.port}`
  }

  /** What a service is given to send its traces here, soon. */
  get env() {
    return { OTEL_EXPORTER_OTLP_ENDPOINT: this.url, OTEL_BSP_SCHEDULE_DELAY: '20' }
  }

  async #take(request: Request): Promise<Response> {
    const raw = new Uint8Array(await request.arrayBuffer())
    const body = request.headers.get('content-encoding') === 'gzip' ? Bun.gunzipSync(raw) : raw
    const spans = readTraceRequest(body)
    this.requests.push({ headers: request.headers, path: new URL(request.url).pathname, spans: spans.length })
    // Also of one that is not answered yet.
    this.#tell()
    const answer = await (this.trouble?.(spans) ??
      new Response(null, { headers: { 'content-type': 'application/x-protobuf' } }))
    if (answer.ok) this.spans.push(...spans)
    this.#tell()
    return answer
  }

  #tell(): void {
    this.#heard.resolve()
    this.#heard = Promise.withResolvers()
  }

  /** Resolves when what has come so far, or comes, is as wanted. Looks after each request. */
  async until<T>(found: () => T | undefined | null | false): Promise<T> {
    for (;;) {
      const heard = this.#heard.promise
      const value = found()
      if (value) return value
      await heard
    }
  }

  /** Resolves with the first span that is as wanted, when it has come. */
  span(name: string, wanted: (span: ReceivedSpan) => boolean = () => true): Promise<ReceivedSpan> {
    return this.until(() => this.spans.find(span => span.name === name && wanted(span)))
  }

  /** Of the whole run. When it is there, so is all below it: it ends last, and spans are sent in the order of their ends. */
  run(runId: string): Promise<ReceivedSpan> {
    return this.until(() =>
      this.spans.find(
        ({ name, attributes }) => name.startsWith('invoke_agent ') && attributes['bunkhouse.run.id'] === runId,
      ),
    )
  }

  trace(traceId: string): ReceivedSpan[] {
    return this.spans.filter(span => span.traceId === traceId)
  }

  /** The spans of a trace below one of them, in the order in which they began. Throws where one belongs nowhere. */
  tree(traceId: string, rootId?: string): SpanTree {
    const spans = this.trace(traceId)
    const ids = new Set(spans.map(span => span.id))
    if (ids.size !== spans.length) throw new Error(`Two spans have one id: ${spans.map(each => each.name).sort()}`)
    const root =
      rootId === undefined ? spans.find(span => !ids.has(span.parentId)) : spans.find(each => each.id === rootId)
    if (!root) throw new Error('There is no such span.')
    const lost = spans.filter(span => span !== root && !ids.has(span.parentId))
    if (lost.length > 0) throw new Error(`Their parents are missing: ${lost.map(each => each.name)}`)
    return toTree(root, spans)
  }

  async stop(): Promise<void> {
    await this.#server.stop(true)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}

const toTree = (span: ReceivedSpan, all: ReceivedSpan[]): SpanTree => ({
  name: span.name,
  parts: all
    .filter(({ parentId }) => parentId === span.id)
    .sort((one, other) => Number(one.start - other.start) || one.name.localeCompare(other.name))
    .map(part => toTree(part, all)),
})
