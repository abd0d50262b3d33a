import { afterAll, beforeAll, setDefaultTimeout } from 'bun:test'
import type { agentToWire } from '../../src/catalog/wire.ts'
import type { eventToWire, runToWire } from '../../src/runs/wire.ts'
import type { messageToWire, threadToWire } from '../../src/threads/wire.ts'
import { createDatabase, type Engine, type TestDatabase } from '../support/database.ts'
import { type FakeProvider, startFakeProvider } from '../support/provider/server.ts'
import type { Turn } from '../support/provider/turn.ts'
import { type Service, startService } from '../support/service.ts'

export type RunView = ReturnType<typeof runToWire>
export type EventView = ReturnType<typeof eventToWire>
export type ThreadView = ReturnType<typeof threadToWire>
export type MessageView = ReturnType<typeof messageToWire>
export type AgentView = ReturnType<typeof agentToWire>

export interface PageView<T> {
  object: 'list'
  data: T[]
  has_more: boolean
  next_cursor: string | null
}

export interface ProblemView {
  type: string
  title: string
  status: number
  code: string
  detail: string
  request_id: string
  errors?: { in: string; path: string; message: string }[]
}

export interface Answer<T> {
  status: number
  headers: Headers
  /** Parsed JSON; undefined where there was no body. */
  body: T
}

export type Call = <T = ProblemView>(
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<Answer<T>>

/** The service as a process, its database, and the model provider its agents speak to. */
export interface Stage extends AsyncDisposable {
  service: Service
  provider: FakeProvider
  database: TestDatabase
  call: Call
  /** Makes an agent whose model answers with these turns, then with the last user message. Returns its name, also its model's. */
  agent(turns?: Turn[], settings?: object): Promise<string>
  thread(): Promise<string>
  /** Starts a run: `echo` answering "hello" where nothing else is said. */
  run(body?: object): Promise<RunView>
  /** Waits until a run is final. */
  finished(id: string): Promise<RunView>
  events(id: string): Promise<EventView[]>
}

let agents = 0

type Env = Record<string, string>

export async function startStage(engine: Engine, env: Env | ((database: TestDatabase) => Env) = {}): Promise<Stage> {
  const database = await createDatabase(engine)
  const provider = await startFakeProvider()
  const own = { DATABASE_URL: database.url, FAKE_BASE_URL: provider.baseUrl }
  const service = await startService({ env: { ...own, ...(typeof env === 'function' ? env(database) : env) } })
  const call = callOf(service)
  return {
    service,
    provider,
    database,
    call,
    async agent(turns = [], settings = {}) {
      const name = `agent-${++agents}`
      provider.script(name, turns)
      await must(201, call('POST', '/v1/agents', { name, model: `fake/${name}`, ...settings }))
      return name
    },
    thread: async () => (await must(201, call<ThreadView>('POST', '/v1/threads', {}))).body.id,
    run: async body => (await must(202, call<RunView>('POST', '/v1/runs', runBody(body)))).body,
    finished: async id => (await must(200, call<RunView>('GET', `/v1/runs/${id}/wait`))).body,
    events: async id =>
      (await must(200, call<PageView<EventView>>('GET', `/v1/runs/${id}/events?limit=500`))).body.data,
    async [Symbol.asyncDispose]() {
      await service[Symbol.asyncDispose]()
      await provider.stop()
      await database[Symbol.asyncDispose]()
    },
  }
}

/** A stage that a whole `describe` block shares. */
export function useStage(engine: Engine, env: Parameters<typeof startStage>[1] = {}): () => Stage {
  // Where the machine is busy, whole processes take longer than Bun's five seconds.
  setDefaultTimeout(60_000)
  let stage: Stage | undefined
  beforeAll(async () => {
    stage = await startStage(engine, env)
  })
  afterAll(() => stage?.[Symbol.asyncDispose]())
  return () => {
    if (!stage) throw new Error('The stage is there within tests only.')
    return stage
  }
}

export const runBody = (body: object = {}): object => ({ agent: 'echo', input: 'hello', ...body })

export const callOf =
  (service: Pick<Service, 'request'>): Call =>
  async <T>(method: string, path: string, body?: unknown, headers?: Record<string, string>) => {
    const response = await service.request(method, path, body, headers)
    const text = await response.text()
    // Safe: a test names the shape it looks at, and fails where a field is another.
    return {
      status: response.status,
      headers: response.headers,
      body: (text === ''
        ? undefined
        : /json/.test(response.headers.get('content-type') ?? '')
          ? JSON.parse(text)
          : text) as T,
    }
  }

/** For what a test builds upon: fails with the answer when its status is another. */
export async function must<T>(status: number, answer: Promise<Answer<T>>): Promise<Answer<T>> {
  const got = await answer
  if (got.status !== status) throw new Error(`${got.status} instead of ${status}: ${JSON.stringify(got.body)}`)
  return got
}

/** All items of a list, by its pages. */
export async function allPages<T>(call: Call, path: string): Promise<{ items: T[]; pages: number }> {
  const items: T[] = []
  for (let cursor: string | null = null, pages = 1; ; pages++) {
    const query: string = cursor === null ? '' : `${path.includes('?') ? '&' : '?'}cursor=${cursor}`
    const { body } = await must(200, call<PageView<T>>('GET', path + query))
    items.push(...body.data)
    if (body.has_more !== (body.next_cursor !== null)) throw new Error('has_more and next_cursor differ')
    if (body.next_cursor === null) return { items, pages }
    cursor = body.next_cursor
  }
}
