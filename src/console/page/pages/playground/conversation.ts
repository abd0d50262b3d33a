import { useCallback, useEffect, useRef, useState } from 'react'
import { ApiError, call } from '../../api/call.ts'
import { followRun, type RunEvent } from '../../api/run-events.ts'

export interface Turn {
  input: string
  runId: string | null
  events: RunEvent[]
  error: ApiError | null
  isOver: boolean
}

/** A conversation with an agent: a thread, and a run for each thing that was said. */
export function useConversation(agent: string) {
  const [turns, setTurns] = useState<Turn[]>([])
  const thread = useRef<string | null>(null)
  const reading = useRef(new AbortController())
  const change = useCallback((index: number, update: (turn: Turn) => Turn) => {
    setTurns(all => all.map((turn, at) => (at === index ? update(turn) : turn)))
  }, [])
  const startAnew = useCallback(() => {
    reading.current.abort()
    reading.current = new AbortController()
    thread.current = null
    setTurns([])
  }, [])
  // biome-ignore lint/correctness/useExhaustiveDependencies: another agent has a conversation of its own
  useEffect(() => startAnew, [agent, startAnew])

  const say = async (input: string) => {
    const index = turns.length
    const { signal } = reading.current
    setTurns(all => [...all, { input, runId: null, events: [], error: null, isOver: false }])
    try {
      thread.current ??= (await call('createThread', { body: {} })).id
      const body = { agent, input, thread_id: thread.current }
      const { id } = await call('createRun', { body }, { headers: { 'idempotency-key': crypto.randomUUID() } })
      change(index, turn => ({ ...turn, runId: id }))
      await followRun(id, events => change(index, turn => ({ ...turn, events: [...turn.events, ...events] })), signal)
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      change(index, turn => ({ ...turn, error }))
    } finally {
      change(index, turn => ({ ...turn, isOver: true }))
    }
  }
  const stop = () => {
    const { runId } = turns.at(-1) ?? {}
    // It may have ended meanwhile, which its log tells.
    if (runId) void call('cancelRun', { path: { id: runId } }).catch(() => {})
  }
  return { turns, say, stop, startAnew, isBusy: turns.some(({ isOver }) => !isOver) }
}
