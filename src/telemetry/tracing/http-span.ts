import { hideSecrets } from '../hide-secrets.ts'
import type { Span, Tracer } from './tracer.ts'

/** Asked all the time, by machines: spans of them would say nothing. */
const untraced = new Set(['/health', '/ready', '/metrics'])

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
const methodName = (method: string): string => (methods.has(method) ? method : 'HTTP')

export interface TracedRequest {
  request: Request
  path: string
  requestId: string
}

/** The span of a request, which goes on with the trace of its `traceparent`. What is in its query is not recorded. */
export function requestSpan(tracer: Tracer, { request, path, requestId }: TracedRequest): Span | undefined {
  if (untraced.has(path)) return undefined
  const { method, headers } = request
  const [traceparent, tracestate] = [headers.get('traceparent'), headers.get('tracestate')]
  return tracer.start(methodName(method), {
    kind: 'server',
    ...(traceparent !== null && { parent: { traceparent, ...(tracestate !== null && { tracestate }) } }),
    attributes: {
      'http.request.method': methods.has(method) ? method : '_OTHER',
      'url.path': hideSecrets(path),
      'url.scheme': request.url.startsWith('https:') ? 'https' : 'http',
      'user_agent.original': headers.get('user-agent') ?? undefined,
      'bunkhouse.request.id': requestId,
    },
  })
}

/** `pattern`: the route's; null where none was found. */
export function endRequest(
  span: Span,
  { method, pattern, status }: { method: string; pattern: string | null; status: number },
): void {
  // Of a controller's first route the router says `/v1/runs/`, which is not how anybody asks for it.
  const route = pattern === null || pattern === '/' ? pattern : pattern.replace(/\/$/, '')
  if (route !== null) span.rename(`${methodName(method)} ${route}`)
  span.set({ 'http.route': route ?? undefined, 'http.response.status_code': status })
  if (status >= 500) span.fail(String(status))
  span.end()
}
