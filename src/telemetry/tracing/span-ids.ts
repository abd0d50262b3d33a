import { type IdGenerator, RandomIdGenerator } from '@opentelemetry/sdk-trace'

/** Random ids, and for a moment those that are made of an identity: the SDK asks for them while it starts a span. */
export class SpanIds implements IdGenerator {
  readonly #random = new RandomIdGenerator()
  #digest: string | null = null

  /** What `start` starts has ids that are the same wherever that is done. */
  of<T>(identity: string, start: () => T): T {
    this.#digest = new Bun.CryptoHasher('sha256').update(identity).digest('hex')
    try {
      return start()
    } finally {
      this.#digest = null
    }
  }

  generateTraceId(): string {
    return this.#digest?.slice(0, 32) ?? this.#random.generateTraceId()
  }

  generateSpanId(): string {
    return this.#digest?.slice(32, 48) ?? this.#random.generateSpanId()
  }
}
