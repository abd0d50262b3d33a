/** Gives up what is silent for too long. */
export interface TimeLimit {
  signal: AbortSignal
  /** It has been heard of: the time begins anew. */
  heard(): void
  /** Nothing more is waited for. */
  done(): void
  hasPassed(): boolean
}

/** @param outer ends it as well */
export function timeLimit(ms: number, outer?: AbortSignal | null): TimeLimit {
  const own = new AbortController()
  const passed = () => own.abort(new DOMException('It was silent for too long.', 'TimeoutError'))
  let timer = setTimeout(passed, ms)
  return {
    signal: outer ? AbortSignal.any([own.signal, outer]) : own.signal,
    heard() {
      clearTimeout(timer)
      timer = setTimeout(passed, ms)
    },
    done: () => clearTimeout(timer),
    hasPassed: () => own.signal.aborted,
  }
}
