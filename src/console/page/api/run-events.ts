import { useEffect, useState } from 'react'
import { ApiError, send } from './call.ts'

export interface RunEvent {
  seq: number
  type: string
  /** As the API tells it. */
  data: Record<string, unknown>
}

const isLast = (type: string): boolean => /^run\.(completed|failed|cancelled)$/.test(type)
const comeBackMs = 1_000

/** Reads a run's log as it is written, to its end; comes back by itself where the connection or the service was lost. */
export async function followRun(
  id: string,
  onEvents: (events: RunEvent[]) => void,
  signal: AbortSignal,
  onTrouble: (isAway: boolean) => void = () => {},
): Promise<void> {
  let after = 0
  while (!signal.aborted) {
    try {
      const response = await send(`/v1/runs/${id}/stream?after=${after}`, {
        headers: { accept: 'text/event-stream' },
        signal,
      })
      onTrouble(false)
      for await (const events of eventsOf(response)) {
        onEvents(events)
        const last = events.at(-1)
        after = last?.seq ?? after
        if (last && isLast(last.type)) return
      }
    } catch (error) {
      if (signal.aborted) return
      if (error instanceof ApiError && error.status >= 400 && error.status < 500) throw error
    }
    onTrouble(true)
    await new Promise(resolve => setTimeout(resolve, comeBackMs))
  }
}

async function* eventsOf({ body }: Response): AsyncGenerator<RunEvent[]> {
  if (!body) return
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    text += value
    const end = text.lastIndexOf('\n\n')
    if (end === -1) continue
    const events = text.slice(0, end).split('\n\n').flatMap(toEvent)
    text = text.slice(end + 2)
    if (events.length > 0) yield events
  }
}

function toEvent(frame: string): RunEvent[] {
  const [, seq, type, data] = /^id: (\d+)\nevent: (\S+)\ndata: (.*)$/.exec(frame) ?? []
  if (seq === undefined || type === undefined || data === undefined) return []
  return [{ seq: Number(seq), type, data: JSON.parse(data) as RunEvent['data'] }] // as the service has written it
}

/** The log of a run, growing while it is written. */
export function useRunEvents(id: string): { events: RunEvent[]; isAway: boolean; error: ApiError | null } {
  const [state, setState] = useState<{ id: string; events: RunEvent[] }>({ id, events: [] })
  const [isAway, setAway] = useState(false)
  const [error, setError] = useState<ApiError | null>(null)
  useEffect(() => {
    const stop = new AbortController()
    setState({ id, events: [] })
    setError(null)
    const add = (more: RunEvent[]) => setState(({ events }) => ({ id, events: [...events, ...more] }))
    followRun(id, add, stop.signal, setAway).catch((failure: unknown) => {
      if (failure instanceof ApiError) setError(failure)
    })
    return () => stop.abort()
  }, [id])
  return { events: state.id === id ? state.events : [], isAway, error }
}
