import { Client as ModernClient, StreamableHTTPClientTransport as ModernTransport } from '@modelcontextprotocol/client'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { ElicitRequestSchema, type ElicitResult } from '@modelcontextprotocol/sdk/types.js'
import type { Service } from '../../support/service.ts'

type Where = Pick<Service, 'url' | 'key'>
type Answer = (message: string) => Promise<ElicitResult>

interface Options {
  /** Asks the person; without: there is nobody to ask. */
  answer?: Answer
  fetch?: (url: string | URL, init?: RequestInit) => Promise<Response>
}

const info = { name: 'test', version: '1' }
const capabilities = { elicitation: { form: {} } }

/** What both clients have in common. */
export interface Mcp extends AsyncDisposable {
  tools(): Promise<{ name: string; [field: string]: unknown }[]>
  call(agent: string, given: Record<string, unknown>, options?: CallOptions): Promise<CallResult>
  resources(cursor?: string): Promise<{ uris: string[]; nextCursor: string | undefined }>
  templates(): Promise<string[]>
  /** Parsed. */
  read(uri: string): Promise<unknown>
  prompts(): Promise<string[]>
  prompt(name: string, given: Record<string, string>): Promise<unknown[]>
}

export interface CallOptions {
  onprogress?: (progress: { progress: number; message?: string | undefined }) => void
  signal?: AbortSignal
  meta?: Record<string, unknown>
  timeout?: number
}

export interface CallResult {
  text: string
  isError: boolean
  structuredContent: unknown
  meta: Record<string, unknown>
}

const transportOptions = ({ key }: Where, { fetch: send }: Options) => ({
  requestInit: { headers: { authorization: `Bearer ${key}` } },
  reconnectionOptions: {
    initialReconnectionDelay: 50,
    maxReconnectionDelay: 200,
    reconnectionDelayGrowFactor: 1.5,
    maxRetries: 200,
  },
  ...(send && { fetch: send }),
})

/** Of the revisions with sessions. */
export async function connectSessions(where: Where, options: Options = {}): Promise<Mcp> {
  const { answer } = options
  const client = new Client(info, { capabilities: answer ? capabilities : {} })
  if (answer) client.setRequestHandler(ElicitRequestSchema, ({ params: { message } }) => answer(message))
  const transport = new StreamableHTTPClientTransport(new URL(`${where.url}/mcp`), transportOptions(where, options))
  // Safe: the SDK's own class differs from its interface in how it says that a session may be missing.
  await client.connect(transport as Transport)
  return common(client, (params, more) => client.callTool(params, undefined, more))
}

/** Of the revision 2026-07-28, in which every request stands for itself. */
export async function connectModern(where: Where, options: Options = {}): Promise<Mcp> {
  const { answer } = options
  const client = new ModernClient(info, {
    capabilities: answer ? capabilities : {},
    versionNegotiation: { mode: { pin: '2026-07-28' } },
  })
  if (answer) client.setRequestHandler('elicitation/create', ({ params: { message } }) => answer(message))
  await client.connect(new ModernTransport(new URL(`${where.url}/mcp`), transportOptions(where, options)))
  return common(client, (params, more) => client.callTool(params, more))
}

export const clients = [
  ['with sessions', connectSessions],
  ['of 2026-07-28', connectModern],
] as const

interface CallParams {
  name: string
  arguments: Record<string, unknown>
  _meta?: Record<string, unknown>
}

type Call = (params: CallParams, options: Omit<CallOptions, 'meta'>) => Promise<Record<string, unknown>>

function common(client: Client | ModernClient, callTool: Call): Mcp {
  return {
    tools: async () => (await client.listTools()).tools,
    call: async (name, given, { meta, ...options } = {}) => {
      const result = await callTool({ name, arguments: given, ...(meta && { _meta: meta }) }, options)
      // Safe: tests look at what is in them.
      const { content, isError, structuredContent, _meta } = result as {
        content: { text?: string }[]
        isError?: boolean
        structuredContent?: unknown
        _meta?: Record<string, unknown>
      }
      const text = content.map(part => part.text ?? '').join('')
      return { text, isError: isError === true, structuredContent, meta: _meta ?? {} }
    },
    resources: async cursor => {
      const { resources, nextCursor } = await client.listResources(cursor === undefined ? {} : { cursor })
      return { uris: resources.map(({ uri }) => uri), nextCursor }
    },
    templates: async () =>
      (await client.listResourceTemplates()).resourceTemplates.map(({ uriTemplate }) => uriTemplate),
    read: async uri => {
      const [content] = (await client.readResource({ uri })).contents
      if (!content || !('text' in content)) throw new Error('There is no text.')
      return JSON.parse(content.text) as unknown
    },
    prompts: async () => (await client.listPrompts()).prompts.map(({ name }) => name),
    prompt: async (name, given) =>
      (await client.getPrompt({ name, arguments: given })).messages.map(({ content }) => content),
    [Symbol.asyncDispose]: () => client.close(),
  }
}

/** What a client throws where it was answered with a failure. */
export function failureOf(error: unknown): { code: number; name: string | undefined } {
  const { code, data } = error as { code: number; data?: { code?: string } }
  return { code, name: data?.code }
}
