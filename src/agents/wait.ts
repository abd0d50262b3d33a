import type { Json } from '../json.ts'
import type { PlainJsonSchema } from './tools/schema.ts'

/** What somebody else has to do before a run can go on. */
export const waitKinds = [
  /** A person is to agree to a tool call. */
  'approval',
  /** A call that must not be repeated may or may not have happened: a person is to say. */
  'in_doubt',
  /** The agent asks a person something. */
  'question',
  /** The caller of the run runs this tool. */
  'client_tool',
  /** Another agent does a part of the work, in a run of its own. */
  'child_run',
] as const
export type WaitKind = (typeof waitKinds)[number]

export const deadlineActions = ['approve', 'deny', 'fail'] as const
export type DeadlineAction = (typeof deadlineActions)[number]

/** One tool call that waits. */
export interface ToolWait {
  kind: WaitKind
  step: number
  toolCallId: string
  /** Name of the tool. */
  tool: string
  input: Json
  /** What the person reads. */
  message: string
  /** JSON Schema of what is to be filled in; null: nothing. */
  form: PlainJsonSchema | null
  /** Null: it waits for as long as it takes. */
  deadlineSeconds: number | null
  onDeadline: DeadlineAction
  /** Null: never. */
  remindEverySeconds: number | null
  holdsThread: boolean
}

/** What became of a wait, as its run's log tells. */
export type Decision =
  /** `input`: what the tool is to get instead of what the model asked for. */
  | { action: 'approve'; input?: Json; answer?: Json }
  | { action: 'deny'; reason: string }
  /** Ends the run. */
  | { action: 'fail'; reason: string }
  /** Of a call in doubt: it has happened, and this came of it. Of a question: the answer. */
  | { action: 'done'; output: Json; isError?: boolean }
  /** Of a call in doubt: it has not happened. */
  | { action: 'run_again' }

/** What earlier attempts have written of one tool call that has no result. */
export interface CallHistory {
  /** Number of the event by which its last try began, where that must not happen twice; 0: it has not begun. */
  begunSeq: number
  /** The last decision on it, with the number of its event. */
  decided: { seq: number; decision: Decision } | null
  /** What a person has agreed to, also where more was decided since. */
  approved: { input?: Json; answer?: Json } | null
  /** Parts of it that happen at most once, by their keys. */
  parts: Map<string, { seq: number; result?: Json }>
}

/** Tool calls wait for somebody: the attempt ends, and another one goes on when all of them are decided. */
export class RunSuspended extends Error {
  override readonly name = 'RunSuspended'
  readonly waits: ToolWait[]

  constructor(waits: ToolWait[]) {
    super('The run waits for somebody.')
    this.waits = waits
  }
}

/** Somebody has decided that a call that waited ends its run. */
export class CallRefused extends Error {
  override readonly name = 'CallRefused'
}
