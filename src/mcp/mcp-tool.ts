import type { Tool } from '@modelcontextprotocol/sdk/types.js'
import type { ToolContext, ToolEffect } from '../agents/define.ts'
import type { McpServer } from '../agents/mcp-server.ts'
import { loadApproval } from '../agents/tools/approval.ts'
import { toolSchema } from '../agents/tools/schema.ts'
import type { LoadedTool } from '../agents/tools/tool.ts'
import type { McpConnection } from './connection.ts'
import { resultOutput } from './result-output.ts'

/** How models know a tool: by its server's name and its own. */
const mcpToolName = (server: string, tool: string): string =>
  `${server}_${tool}`.replaceAll(/[^A-Za-z0-9_-]/g, '_').slice(0, 64)

/** @throws Error where its schema cannot be used */
export async function mcpTool(server: McpServer, connection: McpConnection, tool: Tool): Promise<LoadedTool> {
  const { timeoutSeconds, approval } = server
  const needsApproval = approval === 'all' || (approval?.includes(tool.name) ?? false)
  const description = tool.description ?? tool.title ?? tool.name
  return {
    name: mcpToolName(server.name, tool.name),
    description,
    schema: await toolSchema(tool.inputSchema),
    effect: server.effect ?? effectOf(tool),
    timeoutSeconds,
    doneBy: 'service',
    isBuiltin: false,
    approval: loadApproval({ description, approval: needsApproval }),
    run: (input, context) => callTool(connection, tool.name, { input, context, timeoutSeconds }),
  }
}

/** A server that says nothing of a tool is not trusted to have it called twice. */
function effectOf({ annotations }: Tool): ToolEffect {
  if (annotations?.readOnlyHint === true) return 'none'
  return annotations?.idempotentHint === true ? 'idempotent' : 'once'
}

async function callTool(
  connection: McpConnection,
  tool: string,
  { input, context, timeoutSeconds }: { input: unknown; context: ToolContext; timeoutSeconds: number },
) {
  const result = await connection.call({
    tool,
    // Safe: input that passed a schema of type object.
    input: input as Record<string, unknown>,
    signal: context.signal,
    timeoutMs: timeoutSeconds * 1_000,
    onProgress: ({ progress, total, message }) =>
      context.progress({ progress, ...(total !== undefined && { total }), ...(message !== undefined && { message }) }),
  })
  return resultOutput(result)
}
