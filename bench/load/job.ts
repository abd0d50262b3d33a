/** What the load generator is to do. */
export interface LoadJob {
  port: number
  /** Sent one after the other, over and over. */
  requests: LoadRequest[]
  /** Each sends its next request when it has its answer. */
  connections: number
  /** Not counted; at the start. */
  warmUpSeconds: number
  seconds: number
}

export interface LoadRequest {
  method: string
  path: string
  headers: Record<string, string>
  body?: string
}

export interface LoadResult {
  /** Answers with status 200 within the counted time. */
  answers: number
  /** Other answers. */
  failures: number
  seconds: number
  /** All answers, of the warm-up too: for what the server's CPU time is divided by. */
  answersInAll: number
  medianMs: number
  p99Ms: number
  slowestMs: number
  /** CPU of the load generator itself, in shares of a core: near 1 it may be what limits. */
  cpuShare: number
}
