import { createTraceState, isSpanContextValid, type SpanContext, TraceFlags } from '@opentelemetry/api'
import { fromHanded } from './handed.ts'
import type { TraceHeaders } from './tracer.ts'

const form = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/

/** Where a trace goes on that another process, or another part of this one, handed over. Null: it is no such thing. */
export function toSpanContext(handed: TraceHeaders | string): SpanContext | null {
  const { traceparent, tracestate } = typeof handed === 'string' ? fromHanded(handed) : handed
  const [, version, traceId = '', spanId = '', flags = '', more] = form.exec(traceparent.trim()) ?? []
  // Of versions to come only the beginning is known.
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return null
  const context: SpanContext = {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16) & TraceFlags.SAMPLED,
    isRemote: true,
    ...(tracestate && { traceState: createTraceState(tracestate) }),
  }
  return isSpanContextValid(context) ? context : null
}

export function toHeaders({ traceId, spanId, traceFlags, traceState }: SpanContext): TraceHeaders {
  const traceparent = `00-${traceId}-${spanId}-0${traceFlags & TraceFlags.SAMPLED}`
  const tracestate = traceState?.serialize()
  return tracestate ? { traceparent, tracestate } : { traceparent }
}
