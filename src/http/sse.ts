import { Loop } from '../runtime/loop.ts'
import type { Service } from '../runtime/service.ts'
import type { FactListener } from '../telemetry/facts.ts'
import { hangUp, mayTakeLong, takesNoLonger } from './controller.ts'

/** What a stream tells its source. */
export interface StreamSource {
  /** There is room for more. */
  pull(): void
  /** A few times a second. */
  tick(): void
  /** The reader is gone, or the stream has ended. */
  close(): void
}

export interface OpenStream {
  /** Sends frames; false when the reader does not keep up. */
  send(text: string): boolean
  end(): void
}

const heartbeatMs = 5_000
const tickMs = 250
/** Bytes held for a reader that is slow; the rest waits in the log. */
const bufferBytes = 128 * 1024

export const eventStreamType = 'text/event-stream'

const headers = {
  'content-type': eventStreamType,
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
}

interface Stream {
  nextBeatAt: number
  /** Nothing was sent yet, not even the response's headers: they go out with the first bytes. */
  silent: boolean
  /** Since when its reader has taken nothing of what waits for it; null while there is room. */
  fullSince: number | null
  request: Request
  source: StreamSource
  controller: ReadableStreamDefaultController<Uint8Array>
}

const encoder = new TextEncoder()
const heartbeat = encoder.encode(': heartbeat\n\n')
// A client that is told when to come back resumes on the next process.
const goodbye = encoder.encode('retry: 500\n\n')

/**
 * All open event streams of this process. Every connection hears a heartbeat each 5 s, for as long as it lives, and one
 * at once where there is nothing else to say: a client learns that it is connected. A reader that takes nothing for a while
 * is disconnected, as what it holds of ours is for others; it may come back with its cursor.
 */
export class EventStreams implements Service {
  readonly name = 'streams'
  readonly #streams = new Set<Stream>()
  readonly #emit: FactListener
  readonly #stallMs: number
  readonly #loop: Loop
  /** There was nobody to tell anything at the last tick: there are none until somebody comes. */
  #idle = false

  constructor(emit: FactListener, stallSeconds: number) {
    this.#emit = emit
    this.#stallMs = stallSeconds * 1000
    this.#loop = new Loop({
      name: 'heartbeat',
      body: () => this.#tick(),
      onError: error => emit('loop.failed', { loop: 'stream heartbeat', error }),
    })
  }

  start(): void {
    this.#loop.start()
  }

  /** Ends every stream with a hint to come back. */
  async stop(): Promise<void> {
    await this.#loop.stop()
    for (const stream of [...this.#streams]) {
      this.#write(stream, goodbye)
      this.#close(stream)
    }
  }

  get size(): number {
    return this.#streams.size
  }

  open(
    request: Request,
    connect: (stream: OpenStream) => StreamSource,
    extraHeaders: Record<string, string> = {},
  ): Response {
    mayTakeLong(request)
    let opened: Stream | undefined
    const body = new ReadableStream<Uint8Array>(
      {
        start: controller => {
          const stream: Stream = {
            nextBeatAt: performance.now() + heartbeatMs,
            silent: true,
            fullSince: null,
            request,
            controller,
            source: { pull: () => {}, tick: () => {}, close: () => {} },
          }
          opened = stream
          this.#streams.add(stream)
          if (this.#idle) this.#loop.wake()
          this.#emit('stream.opened', { readers: this.#streams.size })
          stream.source = connect({
            send: text => this.#write(stream, encoder.encode(text)),
            end: () => this.#close(stream),
          })
        },
        pull: () => {
          if (!opened) return
          opened.fullSince = null
          opened.source.pull()
        },
        cancel: () => {
          if (opened) this.#forget(opened)
        },
      },
      { highWaterMark: bufferBytes, size: chunk => chunk?.byteLength ?? 0 },
    )
    return new Response(body, { headers: { ...headers, ...extraHeaders } })
  }

  #write(stream: Stream, bytes: Uint8Array): boolean {
    if (!this.#streams.has(stream)) return false
    stream.silent = false
    stream.controller.enqueue(bytes)
    if ((stream.controller.desiredSize ?? 0) > 0) return true
    stream.fullSince ??= performance.now()
    return false
  }

  #close(stream: Stream): void {
    if (!this.#streams.has(stream)) return
    this.#forget(stream)
    stream.controller.close()
  }

  #forget(stream: Stream): void {
    if (!this.#streams.delete(stream)) return
    this.#emit('stream.closed', { readers: this.#streams.size })
    takesNoLonger(stream.request)
    stream.source.close()
  }

  /** Not by closing it, which would wait for its reader to take the rest. */
  #drop(stream: Stream): void {
    this.#forget(stream)
    hangUp(stream.request)
    this.#emit('stream.stalled', {})
  }

  #tick(): number {
    const wasIdle = this.#idle
    this.#idle = this.#streams.size === 0
    if (this.#idle) return Number.POSITIVE_INFINITY
    // Who has just come may yet be told something better.
    if (wasIdle) return tickMs
    const now = performance.now()
    for (const stream of this.#streams) {
      if (stream.fullSince !== null) {
        // What is not taken gets no heartbeats on top.
        if (now - stream.fullSince >= this.#stallMs) this.#drop(stream)
        continue
      }
      stream.source.tick()
      const due = stream.nextBeatAt <= now
      // From the planned time, not from now: clients learn the cadence.
      if (due) stream.nextBeatAt += heartbeatMs
      if (due || stream.silent) this.#write(stream, heartbeat)
    }
    return tickMs
  }
}
