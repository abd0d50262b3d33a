import { useEffect, useState } from 'react'
import { ApiError, call, send } from './call.ts'
import { type EventFrame, framesOf } from './event-frames.ts'
import { timeLimit } from './time-limit.ts'

export interface RunEvent {
  seq: number
  type: string
  /** As the API tells it. */
  data: Record<string, unknown>
  /** Milliseconds since 1970: when it happened; of one that was just streamed, when it came. */
  at: number
}

const isLast = (type: string): boolean => /^run\.(completed|failed|cancelled)$/.test(type)
const comeBackMs = 1_000
/** The service says every five seconds that it is there. */
const silentForMs = 20_000

/** Reads a run's log as it is written, to its end; comes back by itself where the connection or the service was lost. */
export async function followRun(
  id: string,
  onEvents: (events: RunEvent[]) => void,
  signal: AbortSignal,
  onTrouble: (isAway: boolean) => void = () => {},
  after = 0,
): Promise<void> {
  while (!signal.aborted) {
    const limit = timeLimit(silentForMs, signal)
    try {
      const response = await send(`/v1/runs/${id}/stream?after=${after}`, {
        headers: { accept: 'text/event-stream' },
        signal: limit.signal,
      })
      onTrouble(false)
      for await (const frames of framesOf(response, limit.heard)) {
        const events = toEvents(frames)
        onEvents(events)
        const last = events.at(-1)
        after = last?.seq ?? after
        if (last && isLast(last.type)) return
      }
    } catch (error) {
      if (signal.aborted) return
      if (error instanceof ApiError && error.status >= 400 && error.status < 500) throw error
    } finally {
      limit.done()
    }
    onTrouble(true)
    await new Promise(resolve => setTimeout(resolve, comeBackMs))
  }
}

const toEvents = (frames: EventFrame[]): RunEvent[] =>
  frames.map(({ id, type, data }) => ({ seq: id, type, at: Date.now(), data: dataOf(data) }))

// As the service has written it: each type has an object.
const dataOf = (data: unknown): RunEvent['data'] => data as RunEvent['data']

/** What is in the log already, with the times of the service; and whether that is all there will be. */
async function readLog(id: string, after: number, onEvents: (events: RunEvent[]) => void, signal: AbortSignal) {
  for (let last = after; ; ) {
    const page = await call('listEvents', { path: { id }, query: { limit: 500, after: last } }, { signal })
    const events = page.data.map(({ seq, type, data, created_at }) => {
      return { seq, type, data: dataOf(data), at: Date.parse(created_at) }
    })
    if (events.length > 0) onEvents(events)
    last = events.at(-1)?.seq ?? last
    if (!page.has_more) return { last, isOver: events.some(({ type }) => isLast(type)) }
  }
}

/** The log of a run, growing while it is written. */
export function useRunEvents(id: string) {
  const [again, setAgain] = useState(0)
  const [state, setState] = useState<{ id: string; events: RunEvent[] }>({ id, events: [] })
  const [isAway, setAway] = useState(false)
  const [error, setError] = useState<ApiError | null>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: once more where somebody asks for it
  useEffect(() => {
    const stop = new AbortController()
    setState({ id, events: [] })
    setError(null)
    const add = (more: RunEvent[]) => setState(({ events }) => ({ id, events: [...events, ...more] }))
    const follow = async () => {
      const { last, isOver } = await readLog(id, 0, add, stop.signal)
      if (isOver) return
      await followRun(id, add, stop.signal, setAway, last)
      // What was streamed has the times of its coming: once all is there, those of the service take their place.
      const exact: RunEvent[] = []
      await readLog(id, last, more => exact.push(...more), stop.signal)
      setState(({ events }) => ({ id, events: [...events.filter(({ seq }) => seq <= last), ...exact] }))
    }
    follow().catch((failure: unknown) => {
      if (failure instanceof ApiError) setError(failure)
    })
    return () => stop.abort()
  }, [id, again])
  return { events: state.id === id ? state.events : [], isAway, error, retry: () => setAgain(count => count + 1) }
}
