/** Ceilings, as bodies, agents and rows have them. What is left out has none. */
export type Limits = {
  max_tokens?: number
  /** US dollars. */
  max_cost_usd?: number
  /** Model calls. */
  max_steps?: number
  /** Time that runs are executed, without what they wait. */
  max_seconds?: number
}

/** What was taken, or is about to be, in the same units. */
export interface Spending {
  tokens: number
  costUsd: number
  steps: number
  seconds: number
}

interface Ceiling {
  name: string
  spent: number
  limit: number
}

const ceilings = (limits: Limits, { tokens, costUsd, steps, seconds }: Spending): Ceiling[] =>
  [
    { name: 'tokens', spent: tokens, limit: limits.max_tokens },
    { name: 'US dollars', spent: costUsd, limit: limits.max_cost_usd },
    { name: 'model calls', spent: steps, limit: limits.max_steps },
    { name: 'seconds', spent: seconds, limit: limits.max_seconds },
  ].flatMap(({ name, spent, limit }) => (limit === undefined ? [] : [{ name, spent, limit }]))

/** Which ceiling is reached, for people; null: none. */
export function reached(limits: Limits, spending: Spending): string | null {
  const first = ceilings(limits, spending).find(({ spent, limit }) => spent >= limit)
  return first ? `${round(first.spent)} of ${round(first.limit)} ${first.name}` : null
}

/** What is left, divided among so many who begin at once: never nothing, which would be no limit that can be said. */
export function remaining(limits: Limits, spent: Spending, among: number): Limits {
  const least = { max_tokens: 1, max_cost_usd: 1e-9, max_steps: 1, max_seconds: 1 }
  const left = (key: keyof Limits, taken: number) => {
    const limit = limits[key]
    if (limit === undefined) return {}
    const part = (limit - taken) / among
    return { [key]: Math.max(key === 'max_cost_usd' ? part : Math.floor(part), least[key]) }
  }
  return {
    ...left('max_tokens', spent.tokens),
    ...left('max_cost_usd', spent.costUsd),
    ...left('max_steps', spent.steps),
    ...left('max_seconds', spent.seconds),
  }
}

/** The lower of each; undefined: neither says anything. */
export function lowest(one: Limits | undefined, other: Limits | undefined): Limits | undefined {
  if (!one || !other) return one ?? other
  const both: Limits = { ...one, ...other }
  for (const key of ['max_tokens', 'max_cost_usd', 'max_steps', 'max_seconds'] as const) {
    const [a, b] = [one[key], other[key]]
    if (a !== undefined && b !== undefined) both[key] = Math.min(a, b)
  }
  return both
}

/** From this share on whoever watches is warned. */
const warnedFrom = 0.8

/** Which ceiling is near, for people; null: none. */
export function near(limits: Limits, spending: Spending): string | null {
  const first = ceilings(limits, spending).find(({ spent, limit }) => spent >= limit * warnedFrom)
  return first ? `${round(first.spent)} of ${round(first.limit)} ${first.name}` : null
}

const round = (amount: number): number => Number(amount.toPrecision(6))
