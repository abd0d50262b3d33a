/** What a run of the agent `chaos` does; its input, as JSON. */
export interface Play {
  /** Of its own, where it fails. */
  key: string
  /** The calls of the tool that each turn of the model asks for, side by side. A last turn asks for none. */
  turns: Act[][]
  /** So many calls of the model fail, over all attempts. */
  failures: number
  /** Every call of the model is refused for good. */
  fatal: boolean
  /** Milliseconds between two parts of the model's answer. */
  wordMs: number
}

export interface Act {
  ms: number
  /** Goes on when it is told to stop. */
  deaf?: boolean
}

export const callId = (turn: number, index: number): string => `turn${turn}call${index}`

export const callsOf = ({ turns }: Play): string[] =>
  turns.flatMap((acts, turn) => acts.map((_, index) => callId(turn, index)))
