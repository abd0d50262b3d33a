import type { EventStore } from '@modelcontextprotocol/server'
import type { Approval } from '../../approvals/approval.ts'
import { getApproval } from '../../approvals/read-approvals.ts'
import type { HttpContext } from '../../context.ts'
import type { Caller } from '../../http/auth.ts'
import { mayTakeLong } from '../../http/controller.ts'
import { stopRun } from '../../runs/stop-run.ts'
import { decide, elicitation, mayDecide } from './ask-person.ts'
import { type CallId, callChat, canBeAsked, newSession, placeToken, runOfCall, sessionOf } from './call-id.ts'
import { answerOf, canAsk, cancelledBy, keepAliveMs, methodOf, progressTokenOf, requestIdOf } from './message.ts'
import { mcpServer, progressTo } from './server.ts'

/**
 * The revisions before 2026-07-28, which know sessions. Ours hold nothing: calls are found again by what they are called,
 * in whatever process, and after whatever restart.
 */
export async function serveSessions(
  app: HttpContext,
  actor: Caller,
  request: Request,
  body: unknown,
): Promise<Response> {
  const session = sessionOf(request)
  const aside = await takeAside(app, actor, session, body)
  if (aside) return aside
  const { WebStandardStreamableHTTPServerTransport } = await import('@modelcontextprotocol/server')
  const call = callOf(session, body)
  if (methodOf(body) === 'tools/call') mayTakeLong(request)
  const events = call && eventsOf(call, progressTokenOf(body))
  const { headers, isWhole } = accepting(request)
  const transport = new WebStandardStreamableHTTPServerTransport({
    keepAliveMs,
    enableJsonResponse: isWhole,
    ...(methodOf(body) === 'initialize' && { sessionIdGenerator: () => newSession(canAsk(body)) }),
    ...(events && { eventStore: events.store, retryInterval: 500 }),
  })
  const server = await mcpServer(app, actor, {
    chat: call && callChat(actor, call),
    reader: context => ({
      signal: AbortSignal.any([context.mcpReq.signal, app.closing]),
      progress: progressTo(context),
      cancelsByLeaving: false,
      ask: async (_run, _seq, approvals) => {
        if (session === null || !canBeAsked(session) || !mayDecide(actor)) return null
        const { id } = context.mcpReq
        for (const approval of approvals) await transport.send(question(approval), { relatedRequestId: id })
        return null
      },
    }),
  })
  await server.connect(transport)
  const leave = () => void server.close()
  const resumeElsewhere = () => {
    // Without an answer: its client comes back for that, to whoever is there then.
    if (call && events?.hasTold()) transport.closeSSEStream(call.request)
  }
  app.closing.addEventListener('abort', resumeElsewhere, { once: true })
  server.onclose = () => app.closing.removeEventListener('abort', resumeElsewhere)
  request.signal.addEventListener('abort', leave, { once: true })
  const asked = new Request(request.url, { method: 'POST', headers, signal: request.signal })
  const response = await transport.handleRequest(asked, { parsedBody: body })
  return whenRead(response, leave)
}

/** Who does not speak of event streams, as most tools do that are not made for this, is answered as a whole. */
function accepting(request: Request): { headers: Headers; isWhole: boolean } {
  const accept = request.headers.get('accept') ?? '*/*'
  const headers = new Headers(request.headers)
  const isWhole = !accept.includes('text/event-stream')
  if (/\*\/\*|application\/(json|\*)|text\/event-stream/.test(accept))
    headers.set('accept', 'application/json, text/event-stream')
  return { headers, isWhole }
}

/** What needs no server: a call that is no longer wanted, and what a person has answered. */
async function takeAside(
  app: HttpContext,
  actor: Caller,
  session: string | null,
  body: unknown,
): Promise<Response | null> {
  const accepted = () => new Response(null, { status: 202 })
  const cancelled = cancelledBy(body)
  if (cancelled !== undefined) {
    const run = session === null ? null : await runOfCall(app, actor, { session, request: cancelled })
    if (run) await stopRun(app, actor, run.id)
    return accepted()
  }
  const answer = answerOf(body)
  if (!answer) return null
  const approval = await getApproval(app.database, actor, answer.id)
  await decide(app, actor, approval, answer.result)
  return accepted()
}

function callOf(session: string | null, body: unknown): CallId | undefined {
  const request = methodOf(body) === 'tools/call' ? requestIdOf(body) : undefined
  // A client that names no session can come back for a call all the same.
  return request === undefined ? undefined : { session: session ?? newSession(false), request }
}

/** Asked of a client: its id is that of what is to be decided, so its answer says all there is to know. */
export const question = (approval: Approval) => ({
  jsonrpc: '2.0' as const,
  id: approval.id,
  method: 'elicitation/create',
  params: { ...elicitation(approval) },
})

/** Nothing is stored: what a stream has told is in the run's log, and is told again from there. */
function eventsOf(call: CallId, progressToken: string | number | undefined) {
  let after = 0
  let hasTold = false
  const store: EventStore = {
    storeEvent: async (_stream, message) => {
      hasTold = true
      const params = 'params' in message ? message.params : undefined
      const progress = params && 'progress' in params ? params.progress : undefined
      if (typeof progress === 'number') after = progress
      return placeToken({ call, progressToken, after })
    },
    replayEventsAfter: () => Promise.reject(new Error('Streams are resumed from the log.')),
  }
  // Who has the id of an event comes back by it.
  return { store, hasTold: () => hasTold }
}

/** Tells when an answer has been read to its end, or is no longer read. */
function whenRead(response: Response, over: () => void): Response {
  if (response.body === null) {
    over()
    return response
  }
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  response.body.pipeTo(writable).then(over, over)
  return new Response(readable, { status: response.status, headers: response.headers })
}
