import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import type { Progress, Tool } from '@modelcontextprotocol/sdk/types.js'
import { OutcomeUnknown } from '../agents/tools/outcome-unknown.ts'
import { backoffMs } from '../runtime/backoff.ts'
import { McpDown } from './mcp-down.ts'

/** How long a list of tools is good for, where the server does not say that it has changed. */
const listGoodForMs = 300_000
const connectPatienceMs = 20_000
const retryPolicy = { baseMs: 1_000, capMs: 60_000 }
const mostPages = 50

export interface McpCall {
  tool: string
  input: Record<string, unknown>
  signal: AbortSignal
  timeoutMs: number
  onProgress(progress: Progress): void
}

export type McpResult = Awaited<ReturnType<Client['callTool']>>

interface ConnectionOptions {
  /** For messages. */
  name: string
  now(): number
  open(signal: AbortSignal): Promise<Client>
}

/**
 * One server, connected while it is used. A connection that broke is made again by the next use; where that fails, not
 * before a growing pause has passed.
 */
export class McpConnection {
  readonly #options: ConnectionOptions
  #client: Promise<Client> | null = null
  #tools: { listed: Promise<Tool[]>; at: number } | null = null
  /** The last list that came, for while the server is away. */
  #lastTools: Tool[] | null = null
  #failures = 0
  #failure = ''
  #retryAt = 0
  #underWay = 0
  usedAt: number

  constructor(options: ConnectionOptions) {
    this.#options = options
    this.usedAt = options.now()
  }

  get isIdle(): boolean {
    return this.#underWay === 0
  }

  /** @throws McpDown where it cannot be reached and never could */
  async tools(): Promise<Tool[]> {
    const { now } = this.#options
    this.usedAt = now()
    if (!this.#tools || now() - this.#tools.at > listGoodForMs) {
      const listed = this.#use(client => listTools(client))
      this.#tools = { listed, at: now() }
      listed.catch(() => {
        if (this.#tools?.listed === listed) this.#tools = null
      })
    }
    try {
      this.#lastTools = await this.#tools.listed
      return this.#lastTools
    } catch (error) {
      // Its tools are offered still: a call says that it is away.
      if (this.#lastTools) return this.#lastTools
      throw error
    }
  }

  /** @throws McpDown, OutcomeUnknown where it was cut off in the call; what the server says is wrong; the signal's reason */
  async call({ tool, input, signal, timeoutMs, onProgress }: McpCall): Promise<McpResult> {
    this.usedAt = this.#options.now()
    return this.#use(async client => {
      const options = { signal, timeout: timeoutMs, maxTotalTimeout: timeoutMs, onprogress: onProgress }
      const ask = (asked: Client) => asked.callTool({ name: tool, arguments: input }, undefined, options)
      try {
        return await ask(client)
      } catch (error) {
        signal.throwIfAborted()
        if (isAnswer(error)) throw error
        // Whatever it was, the next call begins anew.
        await this.close()
        // A server that was started again knows no session, and has done nothing.
        if (hasNoSession(error)) return await ask(await this.#connected())
        if (isRefused(error)) throw new McpDown(`The MCP server ${this.#options.name} cannot be reached.`)
        throw new OutcomeUnknown(`The connection to the MCP server ${this.#options.name} ended during the call.`)
      }
    })
  }

  async close(): Promise<void> {
    const client = this.#client
    this.#client = null
    this.#tools = null
    await client?.then(
      opened => opened.close(),
      () => {},
    )
  }

  async #use<T>(work: (client: Client) => Promise<T>): Promise<T> {
    this.#underWay++
    try {
      return await work(await this.#connected())
    } finally {
      this.#underWay--
      this.usedAt = this.#options.now()
    }
  }

  #connected(): Promise<Client> {
    if (this.#client) return this.#client
    const { name, now } = this.#options
    const waitMs = this.#retryAt - now()
    if (waitMs > 0) {
      const again = `It is tried again in ${Math.ceil(waitMs / 1_000)} s.`
      return Promise.reject(new McpDown(`The MCP server ${name} cannot be reached: ${this.#failure} ${again}`))
    }
    const connecting = this.#connect()
    this.#client = connecting
    return connecting
  }

  async #connect(): Promise<Client> {
    const { name, now, open } = this.#options
    try {
      const client = await open(AbortSignal.timeout(connectPatienceMs))
      const { ToolListChangedNotificationSchema } = await import('@modelcontextprotocol/sdk/types.js')
      client.setNotificationHandler(ToolListChangedNotificationSchema, () => {
        this.#tools = null
      })
      client.onclose = () => {
        this.#client = null
        this.#tools = null
      }
      this.#failures = 0
      return client
    } catch (error) {
      this.#client = null
      this.#failure = error instanceof Error ? error.message : String(error)
      this.#retryAt = now() + backoffMs(retryPolicy, ++this.#failures)
      throw new McpDown(`The MCP server ${name} cannot be reached: ${this.#failure}`)
    }
  }
}

const codeOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined

/** The server has answered, that it will not or could not: codes of JSON-RPC, without the SDK's for a connection that ended. */
function isAnswer(error: unknown): boolean {
  const code = codeOf(error)
  return typeof code === 'number' && code < 0 && code !== -32_000 && code !== -32_001
}

/** Statuses of HTTP, as the SDK's transport has them. */
function hasNoSession(error: unknown): boolean {
  const code = codeOf(error)
  return code === 404 || (code === 400 && error instanceof Error && /session/i.test(error.message))
}

const isRefused = (error: unknown): boolean => codeOf(error) === 'ConnectionRefused' || codeOf(error) === 'ECONNREFUSED'

async function listTools(client: Client): Promise<Tool[]> {
  const tools: Tool[] = []
  let cursor: string | undefined
  for (let page = 0; page < mostPages; page++) {
    const listed = await client.listTools(cursor === undefined ? {} : { cursor })
    tools.push(...listed.tools)
    cursor = listed.nextCursor
    if (cursor === undefined) break
  }
  return tools
}
