import type { RunEvent } from '../../api/run-events.ts'

/** One thing that a run has done, as people see it. */
export interface Entry {
  key: string
  kind: 'model' | 'tool' | 'life' | 'wait'
  /** Its number; null of what is no step. */
  step: number | null
  title: string
  /** What it was given. */
  input: unknown
  /** What came of it; undefined: nothing yet. */
  output: unknown
  text: string
  thought: string
  /** What went in and came out. */
  tokens: { input: number; output: number } | null
  /** Milliseconds since 1970; `endedAt` null: it goes on. */
  startedAt: number
  endedAt: number | null
  /** The run of another agent that has done it. */
  childRun: string | null
  isOpen: boolean
  isError: boolean
}

const entry = (key: string, kind: Entry['kind'], title: string, at: number): Entry => ({
  key,
  kind,
  step: null,
  title,
  input: undefined,
  output: undefined,
  text: '',
  thought: '',
  tokens: null,
  startedAt: at,
  endedAt: null,
  childRun: null,
  isOpen: false,
  isError: false,
})

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : undefined

function usageOf({ usage }: Record<string, unknown>): Entry['tokens'] {
  const [input, output] = [field(usage, 'input_tokens'), field(usage, 'output_tokens')]
  return typeof input === 'number' && typeof output === 'number' ? { input, output } : null
}

const number = (value: unknown): number | null => (typeof value === 'number' ? value : null)
const string = (value: unknown): string => (typeof value === 'string' ? value : '')

/** A log as steps: what was begun again takes the place of what was cut off. */
export function timelineOf(events: RunEvent[]): Entry[] {
  const entries = new Map<string, Entry>()
  const put = (made: Entry) => {
    entries.set(made.key, made)
    return made
  }
  const end = (known: Entry | undefined, at: number) => {
    if (!known) return
    known.isOpen = false
    known.endedAt ??= at
  }
  const life = (seq: number, type: string, at: number, data: unknown, isError = false) =>
    put({ ...entry(`life ${seq}`, 'life', type, at), output: data, isError })
  for (const { seq, type, data, at } of events) {
    const call = string(data.tool_call_id)
    const step = `step ${data.step}`
    switch (type) {
      case 'run.started':
        // The first is what the whole page tells of.
        if (data.attempt !== 1) life(seq, type, at, data)
        break
      case 'step.started':
        if (data.kind === 'model') {
          entries.delete(step)
          put({ ...entry(step, 'model', string(data.model), at), step: number(data.step), isOpen: true })
        } else if (call) {
          const known = open(entries, put, call, data, at)
          if (known.output === undefined) Object.assign(known, { isOpen: true, endedAt: null })
        }
        break
      case 'text.delta':
      case 'reasoning.delta': {
        const known = entries.get(step)
        if (known) known[type === 'text.delta' ? 'text' : 'thought'] += string(data.text)
        break
      }
      case 'tool.call':
        open(entries, put, call, data, at).input = data.input
        break
      case 'tool.progress': {
        const known = entries.get(`call ${call}`)
        if (known?.isOpen) known.output = data.progress
        break
      }
      case 'tool.result': {
        const known = open(entries, put, call, data, at)
        known.output = data.output
        known.isError = data.is_error === true
        known.childRun ??= string(field(data.child, 'run_id')) || null
        end(known, at)
        break
      }
      case 'step.completed': {
        const known = data.kind === 'model' ? entries.get(step) : undefined
        if (known) known.tokens = usageOf(data)
        end(known, at)
        break
      }
      case 'approval.requested':
        put({ ...entry(`wait ${data.approval_id}`, 'wait', string(data.message), at), input: data.input, isOpen: true })
        break
      case 'approval.resolved': {
        const known = entries.get(`wait ${data.approval_id}`)
        if (known) known.output = data
        end(known, at)
        break
      }
      case 'run.waiting':
        for (const child of Array.isArray(data.runs) ? data.runs : []) linkChild(entries, child)
        break
      case 'model.failed':
      case 'run.interrupted':
      case 'run.retrying':
      case 'run.failed':
        life(seq, type, at, data, true)
        break
      case 'history.summarized':
      case 'budget.warning':
      case 'tool.effect':
      case 'run.cancelled':
        life(seq, type, at, data)
        break
      default:
    }
    // What had no end of its own has none any more; what waits for a person waits on when the process goes.
    const isFinal = /^run\.(completed|failed|cancelled)$/.test(type)
    if (isFinal || type === 'run.interrupted' || type === 'run.retrying') {
      for (const each of entries.values()) if (each.isOpen && (isFinal || each.kind !== 'wait')) end(each, at)
    }
  }
  return [...entries.values()]
}

type Put = (made: Entry) => Entry

function open(
  entries: Map<string, Entry>,
  put: Put,
  call: string,
  { name, step }: RunEvent['data'],
  at: number,
): Entry {
  const made = { ...entry(`call ${call}`, 'tool', string(name), at), step: number(step), isOpen: true }
  return entries.get(made.key) ?? put(made)
}

/** The call that another agent's run does is the one of its step. */
function linkChild(entries: Map<string, Entry>, child: unknown): void {
  const [runId, step] = [string(field(child, 'run_id')), field(child, 'step')]
  const asking = [...entries.values()].find(each => each.kind === 'tool' && each.step === step)
  if (asking && runId) asking.childRun = runId
}
