import type { NewEvent, RunEvent } from '../../runs/event.ts'

/** What an event tells whoever waits for a call; null: nothing. Of words as they come there is too much to tell. */
export function progressMessage({ type, data }: RunEvent): string | null {
  if (type === 'text.delta' || type === 'reasoning.delta') return null
  // Safe: events are written by this program alone, in these very shapes.
  const event = { type, data: JSON.parse(data) } as NewEvent
  switch (event.type) {
    case 'run.created':
      return 'The run is stored.'
    case 'run.started':
      return event.data.attempt === 1 ? 'The run has begun.' : `Attempt ${event.data.attempt} has begun.`
    case 'step.started':
      return event.data.kind === 'model' ? `Step ${event.data.step}: the model is asked.` : null
    case 'tool.call':
      return `The tool ${event.data.name} is called.`
    case 'tool.progress':
      return `The tool tells: ${told(event.data.progress)}`
    case 'tool.result':
      return event.data.is_error ? 'A tool has failed.' : 'A tool has answered.'
    case 'approval.requested':
      return `A person is asked: ${event.data.message}`
    case 'approval.resolved':
      return `A person has answered: ${event.data.action}.`
    case 'budget.warning':
      return event.data.message
    case 'run.interrupted':
      return `Attempt ${event.data.attempt} was cut off: ${event.data.reason}`
    case 'run.retrying':
      return `It is tried again in ${event.data.delay_seconds} s: ${event.data.reason}`
    default:
      return null
  }
}

const longest = 500

const told = (progress: unknown): string => {
  const whole = typeof progress === 'string' ? progress : JSON.stringify(progress)
  return whole.length > longest ? `${whole.slice(0, longest)}…` : whole
}
