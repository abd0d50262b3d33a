import type { CallToolResult, InputRequiredResult } from '@modelcontextprotocol/server'
import { describeIssues } from '../../agents/tools/describe-issues.ts'
import { compileJsonSchema } from '../../agents/tools/json-schema.ts'
import type { Approval } from '../../approvals/approval.ts'
import { getApproval, pendingApprovals } from '../../approvals/read-approvals.ts'
import type { HttpContext } from '../../context.ts'
import { AppError } from '../../errors.ts'
import type { Caller } from '../../http/auth.ts'
import { canonicalJson } from '../../json.ts'
import { createRun } from '../../runs/create-run.ts'
import { eachEvent } from '../../runs/each-event.ts'
import { getRun } from '../../runs/get-run.ts'
import { isFinal, type Run } from '../../runs/run.ts'
import { stopRun } from '../../runs/stop-run.ts'
import { callSchema } from './agent-tool.ts'
import { decide, elicitation } from './ask-person.ts'
import { progressMessage } from './call-progress.ts'
import { callResult, metaKey, text } from './call-result.ts'

/** The SDK holds what a slow reader does not take: so much of it, and then only the answer. */
const mostTold = 2_000

export interface Call {
  agent: string
  arguments: unknown
  meta: { readonly [key: string]: unknown }
  /** Names the run by the call; undefined where nobody could ask for it by that. */
  chat?: string | undefined
  /** What came back with the answers of a person: the run that waits for them. */
  state?: string | undefined
  answers: { readonly [approvalId: string]: unknown }
}

/** Who waits for a call. */
export interface CallReader {
  /** It is gone, or this process stops. */
  signal: AbortSignal
  /** @param seq number of the event that tells of it */
  progress(seq: number, message: string): Promise<void>
  /**
   * Has a person asked. A result: the call ends with it, and comes again with the answer; null: it goes on, and the answer
   * comes by another request.
   */
  ask(run: Run, seq: number, approvals: Approval[]): Promise<InputRequiredResult | null>
  /** In revisions where closing the connection is the way to cancel. */
  cancelsByLeaving: boolean
}

/**
 * One call of an agent: makes its run, and tells what comes of it.
 * @throws AppError as for runs; unavailable when this process stops before the end
 */
export async function callAgent(
  app: HttpContext,
  actor: Caller,
  call: Call,
  reader: CallReader,
): Promise<CallToolResult | InputRequiredResult> {
  const issues = (await compileJsonSchema(callSchema))(call.arguments ?? {})
  if (issues.length > 0) return { content: [text(describeIssues(issues))], isError: true }
  const place = call.state === undefined ? await begin(app, actor, call) : await goOn(app, actor, call, call.state)
  if (Object.values(call.answers).some(isLeftOpen)) return leftOpen(place.run)
  return followCall(app, actor, place, reader, call.meta[metaKey.onDisconnect] === 'continue')
}

interface Place {
  run: Run
  after: number
}

/** Reads a run's log until it has ended, or a person is asked. */
async function followCall(
  app: HttpContext,
  actor: Caller,
  { run, after }: Place,
  reader: CallReader,
  goesOnAlone: boolean,
): Promise<CallToolResult | InputRequiredResult> {
  let told = 0
  for await (const event of eachEvent(app, { run, after }, reader.signal)) {
    const message = told < mostTold ? progressMessage(event) : null
    if (message !== null) {
      told += 1
      await reader.progress(event.seq, message)
    }
    if (event.type !== 'run.waiting') continue
    const asked = (await pendingApprovals(app.database, run.id)).filter(approval => elicitation(approval) !== null)
    const result = asked.length > 0 ? await reader.ask(run, event.seq, asked) : null
    if (result) return result
  }
  const last = await getRun(app, actor, run.id)
  if (isFinal(last.status)) return callResult(last)
  if (reader.signal.aborted && !app.closing.aborted && reader.cancelsByLeaving && !goesOnAlone)
    await stopRun(app, actor, run.id)
  throw new AppError('unavailable', `The run goes on: read bunkhouse://runs/${run.id}.`, { retryAfterSeconds: 1 })
}

async function begin(app: HttpContext, actor: Caller, { agent, arguments: given, meta, chat }: Call): Promise<Place> {
  const { input, thread_id: threadId } = given as { input: string; thread_id?: string } // checked by its schema
  const key = meta[metaKey.idempotencyKey]
  const requestDigest = new Bun.CryptoHasher('sha256').update(canonicalJson([agent, given])).digest('hex')
  const { run } = await createRun(app, actor, {
    agent,
    input,
    threadId,
    chat,
    idempotency: typeof key === 'string' ? { key, requestDigest } : undefined,
  })
  return { run, after: 0 }
}

export const stateOf = ({ run, after }: Place): string => `${run.id}.${after}`

/** The person has closed the form. */
const isLeftOpen = (answer: unknown): boolean =>
  typeof answer === 'object' && answer !== null && 'action' in answer && answer.action === 'cancel'

const leftOpen = ({ id }: Run): CallToolResult => ({
  content: [text(`Nobody has decided. Run ${id} waits: see /v1/approvals?run_id=${id}.`)],
  isError: true,
  _meta: { [metaKey.runId]: id },
})

/** Whoever names a run reads only what his key may. */
async function goOn(app: HttpContext, actor: Caller, { agent, answers }: Call, state: string): Promise<Place> {
  const [, id = '', after = '0'] = /^(run_[0-9a-f]{32})\.(\d{1,9})$/.exec(state) ?? []
  const run = await getRun(app, actor, id)
  if (run.agent !== agent) throw new AppError('not_found', `No run of ${agent} has the id ${id}.`)
  for (const [approvalId, answer] of Object.entries(answers)) {
    const approval = await getApproval(app.database, actor, approvalId)
    if (approval.runId === run.id) await decide(app, actor, approval, answer)
  }
  const isStill = (await pendingApprovals(app.database, run.id)).length > 0
  // Of one that waits on, its client is told again what it waits for.
  return { run, after: isStill ? Number(after) - 1 : Number(after) }
}
