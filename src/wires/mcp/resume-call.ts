import { pendingApprovals } from '../../approvals/read-approvals.ts'
import type { HttpContext } from '../../context.ts'
import type { Caller } from '../../http/auth.ts'
import { toAppError } from '../../http/problem.ts'
import type { OpenStream } from '../../http/sse.ts'
import { eachEvent } from '../../runs/each-event.ts'
import { getRun } from '../../runs/get-run.ts'
import { isFinal, type Run } from '../../runs/run.ts'
import { elicitation, mayDecide } from './ask-person.ts'
import { type CallPlace, canBeAsked, placeOfToken, placeToken, runOfCall } from './call-id.ts'
import { progressMessage } from './call-progress.ts'
import { callResult } from './call-result.ts'
import { rpcCode } from './rpc-failure.ts'
import { question } from './serve-sessions.ts'

/** What comes of a call, for a client that has lost the connection: what it has not read, and the answer. */
export function resumeCall(app: HttpContext, actor: Caller, request: Request, token: string): Response {
  const place = placeOfToken(token)
  const gone = new AbortController()
  return app.streams.open(request, stream => {
    void tell(app, actor, place, { stream, signal: gone.signal })
      .catch((error: unknown) => {
        const known = toAppError(error)
        if (known.code === 'internal') app.emit('mcp.request_failed', { method: 'resume', error })
      })
      .finally(() => stream.end())
    return { pull: () => {}, tick: () => {}, close: () => gone.abort() }
  })
}

async function tell(
  app: HttpContext,
  actor: Caller,
  { call, progressToken, after }: CallPlace,
  { stream, signal }: { stream: OpenStream; signal: AbortSignal },
): Promise<void> {
  const send = (seq: number, message: object) =>
    stream.send(
      `id: ${placeToken({ call, progressToken, after: seq })}\nevent: message\ndata: ${JSON.stringify({ jsonrpc: '2.0', ...message })}\n\n`,
    )
  const run = await runOfCall(app, actor, call)
  if (!run) {
    // The connection was lost before anything was stored.
    send(after, { id: call.request, error: { code: rpcCode.server, message: 'No run was made. Call again.' } })
    return
  }
  let seq = after
  for await (const event of eachEvent(app, { run, after }, AbortSignal.any([signal, app.closing]))) {
    seq = event.seq
    const message = progressToken === undefined ? null : progressMessage(event)
    if (message !== null)
      send(seq, { method: 'notifications/progress', params: { progressToken, progress: seq, message } })
    if (event.type === 'run.waiting')
      for (const asked of await questions(app, actor, call.session, run)) send(seq, asked)
  }
  const last = await getRun(app, actor, run.id)
  if (isFinal(last.status)) send(seq, { id: call.request, result: callResult(last) })
}

async function questions(app: HttpContext, actor: Caller, session: string, run: Run) {
  if (!canBeAsked(session) || !mayDecide(actor)) return []
  const pending = await pendingApprovals(app.database, run.id)
  return pending.filter(approval => elicitation(approval) !== null).map(question)
}
