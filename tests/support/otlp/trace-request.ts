import { type Fields, hex, integer, messages, readFields, text } from './protobuf.ts'

type Value = string | number | boolean | Value[]

export interface ReceivedSpan {
  traceId: string
  id: string
  /** Empty for the first of a trace. */
  parentId: string
  state: string
  name: string
  kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer'
  /** Nanoseconds since 1970. */
  start: bigint
  end: bigint
  attributes: Record<string, Value>
  error: string | null
  resource: Record<string, Value>
  scope: string
}

const kinds = ['internal', 'internal', 'server', 'client', 'producer', 'consumer'] as const

/** The spans of an ExportTraceServiceRequest, by the numbers of opentelemetry/proto/trace/v1/trace.proto. */
export const readTraceRequest = (body: Uint8Array): ReceivedSpan[] =>
  messages(readFields(body), 1).flatMap(resourceSpans => {
    const resource = Object.assign({}, ...messages(resourceSpans, 1).map(each => attributes(each, 1)))
    return messages(resourceSpans, 2).flatMap(scopeSpans => {
      const scope = messages(scopeSpans, 1).map(each => text(each, 1))[0] ?? ''
      return messages(scopeSpans, 2).map(span => toSpan(span, resource, scope))
    })
  })

function toSpan(span: Fields, resource: Record<string, Value>, scope: string): ReceivedSpan {
  const [status] = messages(span, 15)
  return {
    traceId: hex(span, 1),
    id: hex(span, 2),
    state: text(span, 3),
    parentId: hex(span, 4),
    name: text(span, 5),
    kind: kinds[Number(integer(span, 6))] ?? 'internal',
    start: integer(span, 7),
    end: integer(span, 8),
    attributes: attributes(span, 9),
    error: status && integer(status, 3) === 2n ? text(status, 2) : null,
    resource,
    scope,
  }
}

const attributes = (message: Fields, number: number): Record<string, Value> =>
  Object.fromEntries(
    messages(message, number).map(pair => [text(pair, 1), toValue(messages(pair, 2)[0] ?? new Map())] as const),
  )

function toValue(value: Fields): Value {
  if (value.has(1)) return text(value, 1)
  if (value.has(2)) return integer(value, 2) === 1n
  if (value.has(3)) return Number(BigInt.asIntN(64, integer(value, 3)))
  if (value.has(4)) return new Float64Array(new BigUint64Array([integer(value, 4)]).buffer)[0] ?? Number.NaN
  if (value.has(5)) return messages(value, 5).flatMap(array => messages(array, 1).map(toValue))
  throw new Error('An attribute has a value of a kind that is not used here.')
}
