import type { Caller } from '../http/auth.ts'

/** Function Compute sets it on every request, and lets no client send a header that begins with `x-fc-`. */
const pathHeader = 'x-fc-control-path'

/** It announces the end of an instance, or calls for one of the function's triggers. Clients come as `/http-invoke`. */
export const preStopPath = '/pre-stop'
export const invokePath = '/invoke'

/** May do what these two paths do, and nothing else. */
export const functionCompute: Caller = { tenantId: 'default', keyId: null, scopes: new Set() }

/** Lets the platform's own calls in; null for any other request. */
export function platformCaller(request: Request, path: string): Caller | null {
  if (path !== preStopPath && path !== invokePath) return null
  return request.headers.get(pathHeader) === path ? functionCompute : null
}

const defaultWaitSeconds = 60
const longestWaitSeconds = 3_600

/** A timer's event is `{"triggerTime", "triggerName", "payload"}`: in the payload, the seconds that a tick may wait. */
export function waitSecondsOf(event: string): number {
  try {
    const seconds = Number(Object(JSON.parse(event)).payload || Number.NaN)
    return seconds >= 0 ? Math.min(seconds, longestWaitSeconds) : defaultWaitSeconds
  } catch {
    return defaultWaitSeconds
  }
}
