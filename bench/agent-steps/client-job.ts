export interface ClientJob {
  url: string
  headers: Record<string, string>
  body: string
  /** Each sends its next request when it has its answer. */
  clients: number
  /** Not counted; at the start. */
  warmUpSeconds: number
  seconds: number
  /** Has to be in every answer. */
  expected: string
}

export interface ClientResult {
  perSecond: number
  medianMs: number
  p99Ms: number
}
