import type { RunEvent } from '../../api/run-events.ts'

/** One thing that a run has done, as people see it. */
export interface Entry {
  key: string
  kind: 'model' | 'tool' | 'life' | 'wait'
  title: string
  /** What it was given. */
  input: unknown
  /** What came of it; undefined: nothing yet. */
  output: unknown
  text: string
  thought: string
  tokens: number | null
  isOpen: boolean
  isError: boolean
}

const entry = (key: string, kind: Entry['kind'], title: string): Entry => ({
  key,
  kind,
  title,
  input: undefined,
  output: undefined,
  text: '',
  thought: '',
  tokens: null,
  isOpen: false,
  isError: false,
})

const usageOf = (data: Record<string, unknown>): number | null => {
  const { usage } = data
  if (typeof usage !== 'object' || usage === null || !('total_tokens' in usage)) return null
  return typeof usage.total_tokens === 'number' ? usage.total_tokens : null
}

const string = (value: unknown): string => (typeof value === 'string' ? value : '')

/** A log as steps: what was begun again takes the place of what was cut off. */
export function timelineOf(events: RunEvent[]): Entry[] {
  const entries = new Map<string, Entry>()
  const put = (made: Entry) => {
    entries.set(made.key, made)
    return made
  }
  for (const { seq, type, data } of events) {
    const call = string(data.tool_call_id)
    const step = `step ${data.step}`
    switch (type) {
      case 'step.started':
        if (data.kind === 'model') {
          entries.delete(step)
          put({ ...entry(step, 'model', string(data.model)), isOpen: true })
        } else if (call) open(entries, put, call, string(data.name))
        break
      case 'text.delta':
      case 'reasoning.delta': {
        const known = entries.get(step)
        if (known) known[type === 'text.delta' ? 'text' : 'thought'] += string(data.text)
        break
      }
      case 'tool.call':
        open(entries, put, call, string(data.name)).input = data.input
        break
      case 'tool.result': {
        const known = open(entries, put, call, string(data.name))
        known.output = data.output
        known.isError = data.is_error === true
        known.isOpen = false
        break
      }
      case 'step.completed': {
        const known = data.kind === 'model' ? entries.get(step) : undefined
        if (known) {
          known.isOpen = false
          known.tokens = usageOf(data)
        }
        break
      }
      case 'approval.requested':
        put({ ...entry(`wait ${data.approval_id}`, 'wait', string(data.message)), input: data.input, isOpen: true })
        break
      case 'approval.resolved': {
        const known = entries.get(`wait ${data.approval_id}`)
        if (known) {
          known.isOpen = false
          known.output = data
        }
        break
      }
      case 'run.interrupted':
      case 'run.retrying':
      case 'run.failed':
      case 'run.cancelled':
        put({ ...entry(`life ${seq}`, 'life', type), output: data, isError: type !== 'run.cancelled' })
        break
      default:
    }
  }
  return [...entries.values()]
}

function open(entries: Map<string, Entry>, put: (made: Entry) => Entry, call: string, name: string): Entry {
  return entries.get(`call ${call}`) ?? put({ ...entry(`call ${call}`, 'tool', name), isOpen: true })
}
