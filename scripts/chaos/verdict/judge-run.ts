import type { Effect } from '../ledger.ts'
import type { Piece } from '../work/plan.ts'
import { callsOf } from '../work/play.ts'
import type { EventRecord, RecordedRun } from './records.ts'

/** What a run had to come to. */
export interface Expected {
  status: readonly string[]
  /** Tool calls that it makes on its way to `completed`. */
  calls: readonly string[]
  /** No effect before, milliseconds since 1970. */
  notBefore: number | null
}

export const expectedOf = ({ sort, play, delaySeconds }: Piece, askedAt: number): Expected => ({
  status: sort === 'failing' ? ['failed'] : sort === 'cancelled' ? ['cancelled', 'completed'] : ['completed'],
  calls: callsOf(play),
  notBefore: delaySeconds > 0 ? askedAt + delaySeconds * 1_000 : null,
})

const finalEvents: Record<string, string> = {
  completed: 'run.completed',
  failed: 'run.failed',
  cancelled: 'run.cancelled',
}

/** What is wrong with one run, its log and its effects. */
export function judgeRun({ run, events }: RecordedRun, effects: readonly Effect[], expected: Expected): string[] {
  return [
    ...(expected.status.includes(run.status) ? [] : [`is ${run.status}, not ${expected.status.join(' or ')}`]),
    ...judgeLog(run.status, events),
    ...judgeSteps(events),
    ...judgeEffects(run.status, events, effects, expected),
  ]
}

function judgeLog(status: string, events: readonly EventRecord[]): string[] {
  const wrong: string[] = []
  const gap = events.findIndex(({ seq }, index) => seq !== index + 1)
  if (gap >= 0) wrong.push(`its log has ${events[gap]?.seq} where ${gap + 1} belongs`)
  const ends = events.filter(({ type }) => Object.values(finalEvents).includes(type))
  if (ends.length !== 1 || ends[0] !== events.at(-1) || ends[0]?.type !== finalEvents[status]) {
    wrong.push(
      `it is ${status}, and its log ends by ${ends.map(({ seq, type }) => `${seq} ${type}`).join(', ') || 'nothing'}`,
    )
  }
  return wrong
}

/** A finished step is not begun again and has one result. */
function judgeSteps(events: readonly EventRecord[]): string[] {
  const wrong: string[] = []
  const finished = new Map<number, number>()
  const results = new Set<number>()
  for (const { seq, type, data } of events) {
    if (!['step.started', 'tool.result', 'step.completed'].includes(type)) continue
    const { step }: { step: number } = JSON.parse(data)
    const before = finished.get(step)
    if (before !== undefined)
      wrong.push(`step ${step} was finished by event ${before}, and event ${seq} is its ${type}`)
    if (type === 'step.completed') finished.set(step, seq)
    if (type === 'tool.result') {
      if (results.has(step)) wrong.push(`step ${step} has a second result, event ${seq}`)
      results.add(step)
    }
  }
  return wrong
}

/** The span of the log in which a tool call may have been made. */
interface CallSpan {
  asked: number
  /** Null: its result was never stored. */
  answered: number | null
}

/**
 * A stored result has its effect. There is one more at most for each time that an attempt was cut off between the storing of
 * the request and of the result: the attempt may have acted, and nobody could know.
 */
function judgeEffects(
  status: string,
  events: readonly EventRecord[],
  effects: readonly Effect[],
  { calls, notBefore }: Expected,
): string[] {
  const wrong: string[] = []
  const spans = callSpans(events)
  const made = Map.groupBy(effects, ({ call }) => call)
  for (const call of made.keys()) if (!spans.has(call)) wrong.push(`${call} was made, and its log does not ask for it`)
  if (status === 'completed') {
    for (const call of calls) if (!spans.has(call)) wrong.push(`${call} was never asked for`)
  }
  for (const [call, span] of spans) {
    const count = made.get(call)?.length ?? 0
    if (span.answered === null) {
      if (status === 'completed') wrong.push(`${call} has no result`)
    } else if (count === 0) wrong.push(`${call} has a result and no effect`)
    const cuts = cutsIn(events, span)
    if (count > 1 + cuts) wrong.push(`${call} was made ${count} times, and its attempts were cut off ${cuts} times`)
  }
  const early = effects.find(({ at }) => notBefore !== null && at < notBefore)
  if (early) wrong.push(`${early.call} was made ${(notBefore ?? 0) - early.at} ms too early`)
  return wrong
}

function callSpans(events: readonly EventRecord[]): Map<string, CallSpan> {
  const spans = new Map<string, CallSpan>()
  // Calls that the model had asked for when its step was finished: only those are made.
  for (const { seq, type, data } of events) {
    if (type !== 'tool.result' && type !== 'step.completed') continue
    const event: { kind?: string; content?: { type: string; toolCallId?: string }[]; tool_call_id?: string } =
      JSON.parse(data)
    if (type === 'tool.result') {
      const span = spans.get(event.tool_call_id ?? '')
      if (span) span.answered = seq
    } else if (event.kind === 'model') {
      for (const part of event.content ?? []) {
        if (part.type === 'tool-call' && part.toolCallId) spans.set(part.toolCallId, { asked: seq, answered: null })
      }
    }
  }
  return spans
}

/** An attempt that was cut off says so by the event with which the run goes on without it. */
export const isCut = ({ type }: EventRecord): boolean => type === 'run.retrying' || type === 'run.interrupted'

const cutsIn = (events: readonly EventRecord[], { asked, answered }: CallSpan): number =>
  events.filter(event => isCut(event) && event.seq > asked && event.seq < (answered ?? Number.POSITIVE_INFINITY)).length
