import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import type { McpServer } from '../agents/mcp-server.ts'
import type { AppContext } from '../context.ts'
import { type GuardedRequest, guardedFetch } from '../egress/guarded-fetch.ts'
import { fillText, secretsIn } from '../tools/template.ts'
import { openSecrets } from '../vault/open-secrets.ts'

/** About four seconds in all: whoever waits for an answer is told then that none will come. */
const reconnectionOptions = {
  initialReconnectionDelay: 500,
  maxReconnectionDelay: 2_000,
  reconnectionDelayGrowFactor: 1.5,
  maxRetries: 4,
}

export type McpContext = Pick<AppContext, 'clock' | 'config' | 'database' | 'egress' | 'emit' | 'sealer'>

/** Connects to a server. The SDK is loaded by whoever needs it first, and by nobody else. */
export async function openClient(
  app: McpContext,
  tenantId: string,
  { name, reach }: McpServer,
  signal: AbortSignal,
): Promise<Client> {
  const { Client } = await import('@modelcontextprotocol/sdk/client/index.js')
  const client = new Client({ name: 'bunkhouse', version: app.config.version })
  // A stream that cannot be taken up again leaves its calls unanswered, unless the connection is closed.
  client.onerror = error => {
    if (error.message.startsWith('Maximum reconnection attempts')) void client.close()
  }
  const transport = reach.kind === 'stdio' ? await startProgram(app, name, reach) : await overHttp(app, tenantId, reach)
  try {
    await client.connect(transport, { signal })
    return client
  } catch (error) {
    await client.close().catch(() => {})
    throw error
  }
}

/** It gets its own variables and none of this process but those that every program needs. */
async function startProgram(
  { emit }: McpContext,
  server: string,
  { command, args, env, cwd }: Extract<McpServer['reach'], { kind: 'stdio' }>,
): Promise<Transport> {
  const { getDefaultEnvironment, StdioClientTransport } = await import('@modelcontextprotocol/sdk/client/stdio.js')
  const environment = { ...getDefaultEnvironment(), ...env }
  const transport = new StdioClientTransport({
    command,
    args,
    env: environment,
    stderr: 'pipe',
    ...(cwd !== undefined && { cwd }),
  })
  transport.stderr?.on('data', chunk => emit('mcp.said', { server, text: String(chunk).trimEnd() }))
  return transport
}

async function overHttp(
  app: McpContext,
  tenantId: string,
  { url, headers }: Extract<McpServer['reach'], { kind: 'http' }>,
): Promise<Transport> {
  const { StreamableHTTPClientTransport } = await import('@modelcontextprotocol/sdk/client/streamableHttp.js')
  const secrets = await openSecrets(app, tenantId, secretsIn(Object.values(headers)))
  const filled = Object.fromEntries(
    Object.entries(headers).map(([header, template]) => [header, fillText(template, { input: {}, secrets })]),
  )
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    requestInit: { headers: filled },
    reconnectionOptions,
    // What agents name may be asked as little as any other address that they steer to.
    fetch: (target, init = {}) => guardedFetch(String(target), requestOf(init), app.egress),
  })
  // Safe: the SDK's own class differs from its interface in how it says that a session may be missing.
  return transport as Transport
}

function requestOf({ method = 'GET', headers, body, signal }: RequestInit): GuardedRequest {
  return {
    method,
    headers: Object.fromEntries(new Headers(headers)),
    signal: signal ?? new AbortController().signal,
    ...(typeof body === 'string' && { body }),
  }
}
