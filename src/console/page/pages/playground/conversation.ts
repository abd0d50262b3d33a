import { useCallback, useEffect, useRef, useState } from 'react'
import { ApiError, call } from '../../api/call.ts'
import { followRun, type RunEvent } from '../../api/run-events.ts'

export interface Turn {
  input: string
  /** Under which it is sent, so that it is the same run where it is sent again. */
  key: string
  runId: string | null
  events: RunEvent[]
  error: ApiError | null
  /** The connection was lost, and is taken up again. */
  isAway: boolean
  isOver: boolean
}

/** What came of it in the end, as a text; null: not yet, or nothing. */
export function answerOf({ events }: Turn): string | null {
  const output = events.find(({ type }) => type === 'run.completed')?.data.output
  return output === undefined ? null : typeof output === 'string' ? output : JSON.stringify(output)
}

/** A page that came over plain http has no `randomUUID`. */
const newKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, '0')).join('')

/** A conversation with an agent: a thread, and a run for each thing that was said. */
export function useConversation(agent: string) {
  const [turns, setTurns] = useState<Turn[]>([])
  const [threadId, setThreadId] = useState<string | null>(null)
  const reading = useRef(new AbortController())
  const change = useCallback((index: number, update: (turn: Turn) => Partial<Turn>) => {
    setTurns(all => all.map((turn, at) => (at === index ? { ...turn, ...update(turn) } : turn)))
  }, [])
  const startAnew = useCallback(() => {
    reading.current.abort()
    reading.current = new AbortController()
    setThreadId(null)
    setTurns([])
  }, [])
  // biome-ignore lint/correctness/useExhaustiveDependencies: another agent has a conversation of its own
  useEffect(() => startAnew, [agent, startAnew])

  const go = async (index: number, { input, key, runId, events }: Turn) => {
    const { signal } = reading.current
    try {
      const id = runId ?? (await start(input, key))
      if (signal.aborted) return
      change(index, () => ({ runId: id }))
      await followRun(
        id,
        more => change(index, turn => ({ events: [...turn.events, ...more] })),
        signal,
        isAway => change(index, () => ({ isAway })),
        events.at(-1)?.seq ?? 0,
      )
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      change(index, () => ({ error }))
    } finally {
      if (!signal.aborted) change(index, () => ({ isOver: true }))
    }
  }
  const start = async (input: string, key: string) => {
    const thread_id = threadId ?? (await call('createThread', { body: {} })).id
    setThreadId(thread_id)
    return (await call('createRun', { body: { agent, input, thread_id } }, { headers: { 'idempotency-key': key } })).id
  }
  const say = async (input: string) => {
    const key = newKey()
    const turn: Turn = { input, key, runId: null, events: [], error: null, isAway: false, isOver: false }
    setTurns(all => [...all, turn])
    await go(turns.length, turn)
  }
  /** What has failed on the way goes on where it was. */
  const goOn = (index: number) => {
    const turn = turns[index]
    if (!turn) return
    change(index, () => ({ error: null, isOver: false }))
    void go(index, turn)
  }
  const stop = () => {
    const { runId } = turns.at(-1) ?? {}
    // It may have ended meanwhile, which its log tells.
    if (runId) void call('cancelRun', { path: { id: runId } }).catch(() => {})
  }
  return { turns, threadId, say, goOn, stop, startAnew, isBusy: turns.some(({ isOver }) => !isOver) }
}
