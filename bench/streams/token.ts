/** When a run's tokens are made. Sent as the run's input, as JSON. */
export interface TokenPlan {
  /** Milliseconds since 1970 that the other times count from. */
  epoch: number
  firstAtMs: number
  everyMs: number
  tokens: number
}

/** `number@due+late `: when a token was due, in milliseconds since the plan's epoch, and how much later it was made. */
export interface Token {
  number: number
  due: number
  late: number
}

export function parseToken(text: string): Token {
  const at = text.indexOf('@')
  const plus = text.indexOf('+', at)
  return {
    number: Number(text.slice(0, at)),
    due: Number(text.slice(at + 1, plus)),
    late: Number(text.slice(plus + 1)),
  }
}
