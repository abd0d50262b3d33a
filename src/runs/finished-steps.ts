import type { FinishedStep, ModelStep, StepEvent, ToolStep } from '../agents/step.ts'
import type { CallHistory, Decision } from '../agents/wait.ts'
import type { Connection } from '../db/database.ts'
import type { ThreadSummary } from '../threads/read-conversation.ts'
import type { NewEvent, ResolvedApproval, RunEvent } from './event.ts'
import { readEvents } from './read-events.ts'

const pageSize = 500

/** What earlier attempts of a run have left in its log. */
export interface RunHistory {
  /** Results to use. */
  finished: FinishedStep[]
  /** Of tool calls without a result, by the numbers of their steps. */
  calls: Map<number, CallHistory>
  /** The last message of its thread that it was given before it waited; null: it has not waited, or is on no thread. */
  threadPosition: number | null
  /** What of its thread an earlier attempt has summed up. */
  summary: ThreadSummary | null
  /** The number to write on from. */
  lastSeq: number
  /** The highest attempt that has written, 0: none. One whose number is lower has lost its lease. */
  attempt: number
}

export async function readRunHistory(
  connection: Pick<Connection, 'dialect' | 'query'>,
  runId: string,
): Promise<RunHistory> {
  const history: RunHistory = {
    finished: [],
    calls: new Map(),
    threadPosition: null,
    summary: null,
    lastSeq: 0,
    attempt: 0,
  }
  for (;;) {
    const events = await readEvents(connection, runId, history.lastSeq, pageSize)
    for (const event of events) {
      history.lastSeq = event.seq
      note(history, event)
    }
    if (events.length < pageSize) break
  }
  // Tools run side by side: they end in any order, and are told to the model in the order in which it asked.
  history.finished.sort((a, b) => a.step - b.step)
  return history
}

/** What a type's `data` holds: this process's code, or an earlier one's, wrote it. */
type Data<T extends NewEvent['type']> = Extract<NewEvent, { type: T }>['data']

function note(history: RunHistory, { seq, type, data }: RunEvent): void {
  switch (type) {
    case 'step.completed': {
      const step: ModelStep | { kind: 'tool' } = JSON.parse(data)
      if (step.kind === 'model') history.finished.push(step)
      break
    }
    case 'tool.result': {
      const result: Omit<ToolStep, 'kind'> = JSON.parse(data)
      history.finished.push({ ...result, kind: 'tool' })
      history.calls.delete(result.step)
      break
    }
    case 'step.started': {
      const begun: Data<'step.started'> = JSON.parse(data)
      if ('effect' in begun) callOf(history, begun.step).begunSeq = seq
      break
    }
    case 'tool.effect': {
      const effect: Extract<StepEvent, { type: 'tool.effect' }>['data'] = JSON.parse(data)
      const part = effect.state === 'done' ? { seq, result: effect.result } : { seq }
      callOf(history, effect.step).parts.set(effect.key, part)
      break
    }
    case 'approval.resolved': {
      const { step, decision } = toDecision(JSON.parse(data))
      const call = callOf(history, step)
      call.decided = { seq, decision }
      if (decision.action === 'approve') call.approved = decision
      break
    }
    case 'history.summarized': {
      const { position, text }: Data<'history.summarized'> = JSON.parse(data)
      history.summary = { position, text }
      break
    }
    case 'run.started': {
      const started: Data<'run.started'> = JSON.parse(data)
      history.attempt = Math.max(history.attempt, started.attempt)
      break
    }
    case 'run.waiting': {
      const waiting: Data<'run.waiting'> = JSON.parse(data)
      history.threadPosition = waiting.thread_position
    }
  }
}

function toDecision(resolved: ResolvedApproval): { step: number; decision: Decision } {
  const { approval_id: _id, kind: _kind, by: _by, step, tool_call_id: _call, name: _name, ...decision } = resolved
  return { step, decision }
}

function callOf({ calls }: RunHistory, step: number): CallHistory {
  const known = calls.get(step)
  if (known) return known
  const call: CallHistory = { begunSeq: 0, decided: null, approved: null, parts: new Map() }
  calls.set(step, call)
  return call
}
