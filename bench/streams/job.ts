/** What the reading process is to do: start runs that all stream at the same time, and read every one. */
export interface StreamJob {
  port: number
  key: string
  runs: number
  /** Tokens of each run. */
  tokens: number
  everyMs: number
  /** Milliseconds since 1970 at which the first tokens are due. */
  startAt: number
}

export interface StreamResult {
  /** Runs of which every event came in order, without a gap, up to the end, with the whole text. */
  whole: number
  /** Runs whose log, read again afterwards, is the same to the byte. */
  stored: number
  tokens: number
  events: number
  /** From when a token was due until it was read, in milliseconds. */
  fromDue: Delays
  /** From when a token was made until it was read: without the lateness of the clock that makes them. */
  fromMade: Delays
  /** The first token of each run, from when it was made. */
  firstFromMade: Delays
  /** Of the reader, while tokens came. */
  cpuShare: number
}

export interface Delays {
  median: number
  p99: number
  most: number
}
