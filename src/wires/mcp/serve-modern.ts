import type { Approval } from '../../approvals/approval.ts'
import type { HttpContext } from '../../context.ts'
import type { Caller } from '../../http/auth.ts'
import { mayTakeLong } from '../../http/controller.ts'
import type { Run } from '../../runs/run.ts'
import { elicitation, mayDecide } from './ask-person.ts'
import { stateOf } from './call-agent.ts'
import { keepAliveMs, methodOf } from './message.ts'
import { mcpServer, progressTo } from './server.ts'

/** Revision 2026-07-28 and later: every request stands for itself, and its connection is the call. */
export async function serveModern(app: HttpContext, actor: Caller, request: Request, body: unknown): Promise<Response> {
  const { createMcpHandler, inputRequired } = await import('@modelcontextprotocol/server')
  const isCall = methodOf(body) === 'tools/call'
  if (isCall) mayTakeLong(request)
  const handler = createMcpHandler(
    () =>
      mcpServer(app, actor, {
        reader: (context, server) => ({
          signal: AbortSignal.any([context.mcpReq.signal, app.closing]),
          progress: progressTo(context),
          cancelsByLeaving: true,
          ask: async (run: Run, after: number, approvals: Approval[]) => {
            if (!server.getClientCapabilities()?.elicitation || !mayDecide(actor)) return null
            const inputRequests = Object.fromEntries(
              approvals.flatMap(approval => {
                const asked = elicitation(approval)
                return asked ? [[approval.id, inputRequired.elicit(asked)]] : []
              }),
            )
            return inputRequired({ inputRequests, requestState: stateOf({ run, after }) })
          },
        }),
      }),
    { legacy: 'reject', responseMode: isCall ? 'sse' : 'auto', keepAliveMs },
  )
  return handler.fetch(request, { parsedBody: body })
}
