import type { McpServer } from '../agents/mcp-server.ts'
import type { LoadedTool } from '../agents/tools/tool.ts'
import { Loop } from '../runtime/loop.ts'
import type { Service } from '../runtime/service.ts'
import { McpConnection } from './connection.ts'
import { mcpTool } from './mcp-tool.ts'
import { type McpContext, openClient } from './open-client.ts'

const sweepEveryMs = 30_000
const idleForMs = 300_000

/** Connections of this process to MCP servers, one to each, shared by all runs of a tenant and closed when nobody uses them. */
export class McpPool implements Service {
  readonly name = 'mcp pool'
  readonly #app: McpContext
  readonly #loop: Loop
  readonly #connections = new Map<string, McpConnection>()

  constructor(app: McpContext) {
    this.#app = app
    this.#loop = new Loop({
      name: this.name,
      onError: error => app.emit('loop.failed', { loop: this.name, error }),
      body: async () => {
        await this.#sweep()
        return this.#connections.size === 0 ? Number.POSITIVE_INFINITY : sweepEveryMs
      },
    })
  }

  start(): void {
    this.#loop.start()
  }

  async stop(): Promise<void> {
    await this.#loop.stop()
    const open = [...this.#connections.values()]
    this.#connections.clear()
    await Promise.all(open.map(connection => connection.close()))
  }

  /**
   * The tools of these servers, by the names that models know them by. One that was listed before is offered also while
   * its server is away: calling it says so.
   * @throws McpDown where a server never answered
   */
  async tools(tenantId: string, servers: readonly McpServer[]): Promise<Map<string, LoadedTool>> {
    const lists = await Promise.all(servers.map(server => this.#toolsOf(tenantId, server)))
    return new Map(lists.flat().map(tool => [tool.name, tool]))
  }

  async #toolsOf(tenantId: string, server: McpServer): Promise<LoadedTool[]> {
    const connection = this.#connection(tenantId, server)
    const listed = await connection.tools()
    const wanted = listed.filter(({ name }) => server.tools?.includes(name) ?? true)
    const tools = await Promise.all(
      wanted.map(tool =>
        mcpTool(server, connection, tool).catch((error: unknown) => {
          this.#app.emit('mcp.tool_left_out', { server: server.name, tool: tool.name, error })
          return null
        }),
      ),
    )
    return tools.filter(tool => tool !== null)
  }

  #connection(tenantId: string, server: McpServer): McpConnection {
    const key = JSON.stringify([tenantId, server.name, server.reach])
    let connection = this.#connections.get(key)
    if (!connection) {
      connection = new McpConnection({
        name: server.name,
        now: this.#app.clock.now,
        open: signal => openClient(this.#app, tenantId, server, signal),
      })
      this.#connections.set(key, connection)
      this.#loop.wake()
    }
    return connection
  }

  async #sweep(): Promise<void> {
    const now = this.#app.clock.now()
    for (const [key, connection] of this.#connections) {
      if (!connection.isIdle || now - connection.usedAt < idleForMs) continue
      this.#connections.delete(key)
      await connection.close()
    }
  }
}
