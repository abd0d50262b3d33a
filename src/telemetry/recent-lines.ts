/** A line of the log as it was written, numbered from 1 in each process. */
export interface LogLine {
  n: number
  /** JSON, without the end of the line. */
  text: string
}

const linesAtMost = 1_000
const charactersAtMost = 4_096

/** The last lines of a process's log, for whoever looks on: 1,000 of them, the longest cut down to what they say. */
export class RecentLines {
  readonly #ring: string[] = []
  #last = 0

  add(text: string): void {
    this.#ring[this.#last++ % linesAtMost] = shortened(text.trimEnd())
  }

  /** The number of the last line; 0: there was none. */
  get last(): number {
    return this.#last
  }

  /** The number of the first line that is still here. */
  get first(): number {
    return Math.max(1, this.#last - linesAtMost + 1)
  }

  /** What is here of the lines after a number, in order. */
  *after(n: number): Generator<LogLine> {
    for (let next = Math.max(n + 1, this.first); next <= this.#last; next++) {
      const text = this.#ring[(next - 1) % linesAtMost]
      if (text !== undefined) yield { n: next, text }
    }
  }
}

function shortened(text: string): string {
  if (text.length <= charactersAtMost) return text
  // Safe: the log writes objects alone.
  const { level, time, runId, jobId, requestId, msg } = JSON.parse(text) as Record<string, unknown>
  const said = String(msg).slice(0, charactersAtMost)
  return JSON.stringify({ level, time, runId, jobId, requestId, cut_characters: text.length, msg: said })
}
