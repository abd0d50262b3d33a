import { useEffect, useState } from 'react'
import { ApiError, addressOf, send } from './call.ts'
import { framesOf } from './event-frames.ts'
import { timeLimit } from './time-limit.ts'

export interface LogLine {
  n: number
  level: string
  time: string
  msg: string
  /** All that it says. */
  fields: Record<string, unknown>
}

export interface LogFilter {
  level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal'
  contains: string
}

/** What the page keeps. */
const linesAtMost = 5_000
const comeBackMs = 1_000
/** The service says every five seconds that it is there. */
const silentForMs = 20_000
/** The service keeps no more than that. */
const fromTheStart = 0

interface State {
  lines: LogLine[]
  missed: number
}

/** The log of the process that answers, growing while `isLive`. */
export function useLogLines(filter: LogFilter, isLive: boolean) {
  const [state, setState] = useState<State>({ lines: [], missed: 0 })
  const [isAway, setAway] = useState(false)
  const [error, setError] = useState<ApiError | null>(null)
  const { level, contains } = filter
  useEffect(() => {
    // What is there stays while it is paused.
    if (!isLive) return
    setState({ lines: [], missed: 0 })
    setError(null)
    const stop = new AbortController()
    const add = (more: LogLine[], missed: number) =>
      setState(before => ({ lines: [...before.lines, ...more].slice(-linesAtMost), missed: before.missed + missed }))
    follow({ level, contains }, add, setAway, stop.signal).catch((failure: unknown) => {
      if (failure instanceof ApiError) setError(failure)
    })
    return () => stop.abort()
  }, [level, contains, isLive])
  return { ...state, isAway, error }
}

async function follow(
  query: LogFilter,
  add: (lines: LogLine[], missed: number) => void,
  onTrouble: (isAway: boolean) => void,
  signal: AbortSignal,
): Promise<void> {
  let after = fromTheStart
  while (!signal.aborted) {
    const limit = timeLimit(silentForMs, signal)
    try {
      const address = addressOf('streamLogs', { query: { ...query, after } })
      const response = await send(address, { headers: { accept: 'text/event-stream' }, signal: limit.signal })
      onTrouble(false)
      for await (const frames of framesOf(response, limit.heard)) {
        if (signal.aborted) return
        const missed = frames.flatMap(({ type, data }) => (type === 'missed' ? Number(Object(data).lines) : []))
        const lines = frames.flatMap(({ id, type, data }) => (type === 'line' ? [toLine(id, data)] : []))
        after = lines.at(-1)?.n ?? after
        add(lines, missed[0] ?? 0)
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

function toLine(n: number, data: unknown): LogLine {
  const fields = data as LogLine['fields'] // as the service has written it
  const { level, time, msg } = fields
  return { n, level: String(level ?? ''), time: String(time ?? ''), msg: String(msg ?? ''), fields }
}
