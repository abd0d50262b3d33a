/** One line that a tool of the agent, or a job, has written: an effect. */
export interface LedgerLine {
  /** Id of the run or job. */
  by: string
  /** Id of the tool call; of a job, its attempt. */
  call: string
  pid: number
  /** Milliseconds since 1970, by the clock of the machine. */
  at: number
  /** Of a brief job, of which nothing else is kept. */
  brief?: boolean
}

/** An effect, and its place among all of them. */
export interface Effect extends LedgerLine {
  place: number
}

/** All effects, by run or job, in the order in which they happened. */
export async function readLedger(file: string): Promise<Map<string, Effect[]>> {
  const effects = new Map<string, Effect[]>()
  const lines = (await Bun.file(file).text()).split('\n')
  for (const [place, text] of lines.entries()) {
    if (text === '') continue
    const line: LedgerLine = JSON.parse(text)
    const known = effects.get(line.by)
    if (known) known.push({ ...line, place })
    else effects.set(line.by, [{ ...line, place }])
  }
  return effects
}
