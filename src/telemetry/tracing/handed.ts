import type { TraceHeaders } from './tracer.ts'

/** As W3C wants vendors to carry at least. A longer one is not handed on: that is allowed, cutting it is not. */
const longestState = 512

/** Both headers in one text: a traceparent holds no space. */
export const toHanded = ({ traceparent, tracestate }: TraceHeaders): string =>
  tracestate === undefined || tracestate === '' || tracestate.length > longestState
    ? traceparent
    : `${traceparent} ${tracestate}`

export function fromHanded(handed: string): TraceHeaders {
  const space = handed.indexOf(' ')
  return space < 0
    ? { traceparent: handed }
    : { traceparent: handed.slice(0, space), tracestate: handed.slice(space + 1) }
}
