import { t } from 'elysia'
import type { HttpContext } from '../../context.ts'
import { AppError } from '../../errors.ts'
import { controller, withRequest } from '../../http/controller.ts'
import { mcpPath } from './failure.ts'
import { resumeCall } from './resume-call.ts'
import { serveModern } from './serve-modern.ts'
import { serveSessions } from './serve-sessions.ts'

const exampleCall = {
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'echo', arguments: { input: 'hello' } },
}
const exampleResult = { jsonrpc: '2.0', id: 1, result: { content: [{ type: 'text', text: 'hello' }] } }
const answers = {
  200: {
    description: 'The answer, or a stream of server-sent events that ends with it.',
    content: {
      'application/json': { schema: t.Any(), example: exampleResult },
      'text/event-stream': {
        schema: t.String(),
        example: `event: message\ndata: ${JSON.stringify(exampleResult)}\n\n`,
      },
    },
  },
}

/** `/mcp`: agents as tools for whoever speaks the Model Context Protocol. */
export const mcpRoutes = (app: HttpContext) =>
  controller('MCP', mcpPath)
    .post(
      '',
      async ({ actor, body, request }) => {
        const { isLegacyRequest } = await import('@modelcontextprotocol/server')
        const caller = withRequest(actor, request)
        return (await isLegacyRequest(request, body))
          ? serveSessions(app, caller, request, body)
          : serveModern(app, caller, request, body)
      },
      {
        scope: 'agents:read',
        body: t.Union([t.Record(t.String(), t.Any()), t.Array(t.Record(t.String(), t.Any()), { minItems: 1 })], {
          title: 'McpMessage',
          description: 'A message of JSON-RPC 2.0 as the Model Context Protocol has it.',
          examples: [exampleCall],
        }),
        detail: {
          operationId: 'mcp',
          summary: 'Speak the Model Context Protocol',
          description:
            'Streamable HTTP of the revisions up to 2026-07-28. A call of a tool needs the scope runs:write. 202 for notifications, and for answers to what was asked.',
          responses: answers,
        },
      },
    )
    .get(
      '',
      ({ actor, request }) => {
        const token = request.headers.get('last-event-id')
        if (token) return resumeCall(app, withRequest(actor, request), request, token)
        throw new AppError('method_not_allowed', 'There is no stream but those of calls.', { allow: ['POST'] })
      },
      {
        scope: 'runs:write',
        detail: {
          operationId: 'resumeMcp',
          summary: 'Read on what comes of a call',
          description: 'After the event whose id is in `Last-Event-ID`, of a stream whose connection was lost.',
          responses: {
            200: {
              description: 'The rest of the stream.',
              content: { 'text/event-stream': { schema: t.String(), example: ': heartbeat\n\n' } },
            },
          },
        },
      },
    )
