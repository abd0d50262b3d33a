/** What the generator of mixed traffic is to do. */
export interface SoakJob {
  port: number
  key: string
  seconds: number
  /** Requests a second that are due whether others have been answered or not; null: each of `clients` sends its next one. */
  perSecond: number | null
  clients: number
  /** Only what was due after so many seconds is measured. */
  warmUpSeconds: number
  /** Of the order of the traffic. */
  seed: number
}

export interface SoakResult {
  /** Requests that were answered as they should be, in the measured time. */
  answers: number
  /** Of all that was sent, the warm-up too. */
  errors: number
  /** Some of what went wrong. */
  examples: string[]
  /** From when a request was due until its whole answer was there. */
  all: Latency
  byKind: Record<string, Latency>
  /** False: it was broken off, as more came than was answered. */
  keptUp: boolean
  /** The most that were under way at once. */
  mostUnderWay: number
  /** Of the generator itself, in shares of a core. */
  cpuShare: number
}

export interface Latency {
  medianMs: number
  p99Ms: number
  slowestMs: number
}
