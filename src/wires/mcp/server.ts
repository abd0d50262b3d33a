import type { Server, ServerContext } from '@modelcontextprotocol/server'
import type { HttpContext } from '../../context.ts'
import { AppError } from '../../errors.ts'
import { type Caller, requireScope } from '../../http/auth.ts'
import { agentTools } from './agent-tool.ts'
import { type CallReader, callAgent } from './call-agent.ts'
import { getPrompt, listPrompts } from './prompts.ts'
import { listResources, readResource, resourceTemplates } from './resources.ts'
import { inItsWords } from './rpc-failure.ts'

/** How a request is served that revisions of the protocol have different ways for. */
export interface Serving {
  /** Names the run of a call for later requests about it. */
  chat?: string | undefined
  reader(context: ServerContext, server: Server): CallReader
}

/** A server for one request, as its caller may see it: there is nothing in it that the next one needs. */
export async function mcpServer(app: HttpContext, actor: Caller, serving: Serving): Promise<Server> {
  const { Server } = await import('@modelcontextprotocol/server')
  const server = new Server(
    { name: 'bunkhouse', title: 'Bunkhouse', version: app.config.version },
    {
      capabilities: { tools: {}, resources: {}, prompts: {} },
      instructions:
        'Each tool is an agent. A call is a durable run: it goes on when the connection is lost, and is there afterwards as the resource bunkhouse://runs/{run_id}.',
      inputRequired: { legacyShim: false },
    },
  )
  server.setRequestHandler(
    'tools/list',
    inItsWords(app, 'tools/list', async () => ({ tools: await agentTools(app, actor) })),
  )
  server.setRequestHandler(
    'tools/call',
    inItsWords(app, 'tools/call', async ({ params: { name, arguments: given } }, context) => {
      requireScope(actor, 'runs:write')
      if (!(await app.catalog.current(actor.tenantId, name)))
        throw new AppError('not_found', `No tool is called ${name}.`)
      const { _meta: meta = {}, inputResponses: answers = {}, requestState } = context.mcpReq
      const call = { agent: name, arguments: given, meta, chat: serving.chat, state: requestState<string>(), answers }
      return callAgent(app, actor, call, serving.reader(context, server))
    }),
  )
  server.setRequestHandler(
    'resources/list',
    inItsWords(app, 'resources/list', async ({ params }) => listResources(app, actor, params?.cursor)),
  )
  server.setRequestHandler('resources/templates/list', () => ({ resourceTemplates }))
  server.setRequestHandler(
    'resources/read',
    inItsWords(app, 'resources/read', async ({ params: { uri } }) => readResource(app, actor, uri)),
  )
  server.setRequestHandler(
    'prompts/list',
    inItsWords(app, 'prompts/list', async () => ({ prompts: await listPrompts(app, actor) })),
  )
  server.setRequestHandler(
    'prompts/get',
    inItsWords(app, 'prompts/get', async ({ params: { name, arguments: given } }) =>
      getPrompt(app, actor, name, given?.input),
    ),
  )
  return server
}

/** Tells progress only to clients that have asked for it. */
export const progressTo =
  ({ mcpReq }: ServerContext): CallReader['progress'] =>
  async (seq, message) => {
    const progressToken = mcpReq._meta?.progressToken
    if (progressToken === undefined) return
    await mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress: seq, message } })
  }
