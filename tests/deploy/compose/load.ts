import { ask, type Client, equal, onOpenConnection, waitFor } from '../client.ts'

interface Failure {
  what: string
  begunAt: number
}

/** Clients that ask one thing after another, and what became of it. */
export class Load {
  readonly failures: Failure[] = []
  /** Runs that were accepted. */
  readonly runIds: string[] = []
  requests = 0
  /** Asked again, because nginx had closed the idle connection that the client took: docs/deploy/zero-downtime.md. */
  again = 0
  readonly #client: Client
  readonly #over = new AbortController()
  readonly #clients: Promise<void>[]

  constructor(client: Client, clients: number) {
    this.#client = client
    this.#clients = Array.from({ length: clients }, (_, index) => this.#work(index))
  }

  /** Ends when every client has its last answer. */
  async stop(): Promise<void> {
    this.#over.abort()
    await Promise.all(this.#clients)
  }

  /** None of what was accepted is lost: each run comes to its end, with a whole answer. */
  async allRunsCompleted(): Promise<void> {
    for (const id of this.runIds) {
      const run = await waitFor(this.#client, id)
      await Bun.sleep(5)
      equal([id, run.status, run.output !== null], [id, 'completed', true])
    }
  }

  async #work(index: number): Promise<void> {
    for (let round = 0; !this.#over.signal.aborted; round += 1) {
      // Work that takes its time, and work that does not.
      const agent = (index + round) % 4 === 0 ? 'slow' : 'echo'
      const answer = await this.#try('POST', '/v1/runs', { agent, input: 'hello' })
      const id = answer === null ? null : String(JSON.parse(answer).id)
      if (id !== null) this.runIds.push(id)
      if (id !== null) await this.#try('GET', `/v1/runs/${id}`)
      await this.#try('GET', '/v1/agents')
      // All of them together keep below nginx' limit for one address, also where the service takes no time.
      await Bun.sleep(150)
    }
  }

  async #try(method: string, path: string, body?: unknown): Promise<string | null> {
    const begunAt = Date.now()
    const key: Record<string, string> = method === 'POST' ? { 'idempotency-key': crypto.randomUUID() } : {}
    this.requests += 1
    try {
      const answer = await onOpenConnection(
        () => ask(this.#client, method, path, body, key),
        () => {
          this.again += 1
        },
      )
      const text = await answer.text()
      if (answer.status < 400) return text
      this.failures.push({ what: `${method} ${path}: ${answer.status} ${text}`, begunAt })
    } catch (error) {
      this.failures.push({ what: `${method} ${path}: ${error}`, begunAt })
    }
    return null
  }
}
