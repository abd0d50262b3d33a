/** One line that the agent's tool has written: an effect. */
export interface LedgerLine {
  run: string
  /** Id of the tool call. */
  call: string
  pid: number
  /** Milliseconds since 1970, by the clock of the machine. */
  at: number
}

/** An effect, and its place among all of them. */
export interface Effect extends LedgerLine {
  place: number
}

/** All effects, by run, in the order in which they happened. */
export async function readLedger(file: string): Promise<Map<string, Effect[]>> {
  const effects = new Map<string, Effect[]>()
  const lines = (await Bun.file(file).text()).split('\n')
  for (const [place, text] of lines.entries()) {
    if (text === '') continue
    const line: LedgerLine = JSON.parse(text)
    const known = effects.get(line.run)
    if (known) known.push({ ...line, place })
    else effects.set(line.run, [{ ...line, place }])
  }
  return effects
}
