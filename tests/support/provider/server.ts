import { chatCompletions } from './chat-completions.ts'
import { control } from './control.ts'
import { Conditions, Exchange } from './exchange.ts'
import { messages } from './messages.ts'
import { play } from './play.ts'
import { responses } from './responses.ts'
import type { Turn } from './turn.ts'
import { at, type Wire } from './wire.ts'

export interface FakeProviderOptions {
  /** Default 0: any free one. */
  port?: number
  /** Keep every request for the tests to look at. Off for benches. Default true. */
  record?: boolean
}

export interface FakeProvider {
  /** `http://127.0.0.1:<port>` */
  url: string
  /** What a provider configuration takes: `<url>/v1`. */
  baseUrl: string
  /**
   * Adds turns to what the model answers next; when they are used up it answers with the last user message again.
   * With `repeat` the turns go round for ever. The model `*` speaks for every model that has no turns of its own.
   */
  script(model: string, turns: Turn[], options?: { repeat?: boolean }): void
  /** All requests so far, or those to one model, oldest first. */
  requests(model?: string): Exchange[]
  /** Resolves when the model's request with this number (1 is its first) has arrived. */
  request(model: string, number: number): Promise<Exchange>
  /** Forgets scripts and requests. */
  reset(): void
  stop(): Promise<void>
}

const wires: Wire[] = [chatCompletions, responses, messages]

/** A model provider on 127.0.0.1 that speaks three protocols over real HTTP and does what it is told. */
export const startFakeProvider = async (options: FakeProviderOptions = {}): Promise<FakeProvider> => {
  const record = options.record ?? true
  const scripts = new Map<string, { turns: Turn[]; repeat: boolean }>()
  const arrived = new Conditions()
  let exchanges: Exchange[] = []
  let counts = new Map<string, number>()
  let serial = 0

  const nextTurn = (model: string, question: () => string): Turn => {
    const script = scripts.get(model) ?? scripts.get('*')
    const turn = script?.turns.shift()
    if (script === undefined || turn === undefined) return { text: question() }
    if (script.repeat) script.turns.push(turn)
    return turn
  }

  const handle = (wire: Wire) => async (request: Request) => {
    const body: unknown = await request.json().catch(() => undefined)
    const model = at(body, 'model')
    if (typeof model !== 'string') {
      return Response.json(wire.errorBody({ message: 'you must provide a model', type: 'invalid_request_error' }), {
        status: 400,
      })
    }
    const number = (counts.get(model) ?? 0) + 1
    counts.set(model, number)
    const exchange = new Exchange({
      number,
      model,
      path: wire.path,
      headers: record ? Object.fromEntries(request.headers) : {},
      body,
    })
    if (record) {
      exchanges.push(exchange)
      arrived.changed()
    }
    const refusal = wire.refusal(body)
    const turn: Turn =
      refusal === null
        ? nextTurn(model, () => wire.lastUserText(body))
        : { error: { status: 400, message: refusal, type: 'invalid_request_error' } }
    const response = play(turn, wire, { model, serial: ++serial, body }, exchange)
    if (exchange.state === 'open') request.signal.addEventListener('abort', () => exchange.end('gone'))
    return response
  }

  const find = (model?: string): Exchange[] =>
    model === undefined ? [...exchanges] : exchanges.filter(exchange => exchange.record.model === model)

  const provider: FakeProvider = {
    url: '',
    baseUrl: '',
    script(model, turns, { repeat = false } = {}) {
      const script = scripts.get(model)
      if (script === undefined) scripts.set(model, { turns: [...turns], repeat })
      else script.turns.push(...turns)
    },
    requests: find,
    async request(model, number) {
      const wanted = () => find(model).find(exchange => exchange.record.number === number)
      await arrived.until(() => wanted() !== undefined)
      const exchange = wanted()
      if (exchange === undefined) throw new Error('unreachable: the condition held')
      return exchange
    },
    reset() {
      scripts.clear()
      counts = new Map()
      exchanges = []
    },
    async stop() {
      for (const exchange of exchanges) exchange.end('gone')
      await server.stop(true)
    },
  }

  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: options.port ?? 0,
    idleTimeout: 0,
    development: false,
    routes: {
      ...Object.fromEntries(wires.map(wire => [wire.path, { POST: handle(wire) }])),
      '/_control/:what': request => control(provider, request.params.what, request),
    },
    fetch: () => Response.json({ error: { message: 'no such route', type: 'not_found_error' } }, { status: 404 }),
  })
  provider.url = `http://127.0.0.1:${server.port}`
  provider.baseUrl = `${provider.url}/v1`
  return provider
}
