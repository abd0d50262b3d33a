import { AppError } from '../../errors.ts'
import { type Level, remaining, windowMs } from './bucket.ts'

/** Whose requests are counted. */
export type LimitedBy = 'key' | 'tenant' | 'address'

export interface Limit {
  by: LimitedBy
  perMinute: number
}

/** What was found of one request, for each limit it falls under: at least one. */
export type Verdict = readonly { limit: Limit; level: Level }[]

/** The limit that refuses; undefined where none does. */
export const refusal = (verdict: Verdict): Verdict[number] | undefined => verdict.find(({ level }) => !level.allowed)

const texts: Record<LimitedBy, (perMinute: number) => string> = {
  key: perMinute => `This key may send ${perMinute} requests a minute.`,
  tenant: perMinute => `The keys of this tenant may send ${perMinute} requests a minute together.`,
  address: perMinute => `From one address ${perMinute} requests a minute without a good key are answered.`,
}

export const tooMany = ({ limit, level }: Verdict[number]): AppError =>
  new AppError('rate_limited', texts[limit.by](limit.perMinute), {
    retryAfterSeconds: Math.max(1, Math.ceil(level.retryInMs / 1000)),
  })

/**
 * Tells a client where it stands: as the IETF's draft has it (`RateLimit-Policy`, `RateLimit`, an item for each limit),
 * and in the three headers that are in wider use, of the limit that is nearest.
 */
export function applyRate(verdict: Verdict, answer: Headers): void {
  const items = verdict.map(({ limit: { by, perMinute }, level }) => ({
    by,
    perMinute,
    left: level.allowed ? remaining(level, perMinute) : 0,
    reset: Math.ceil(level.fullInMs / 1000),
  }))
  const policy = items.map(({ by, perMinute }) => `"${by}";q=${perMinute};w=${windowMs / 1000}`)
  answer.set('ratelimit-policy', policy.join(', '))
  answer.set('ratelimit', items.map(({ by, left, reset }) => `"${by}";r=${left};t=${reset}`).join(', '))
  const nearest = items.reduce((a, b) => (b.left < a.left ? b : a))
  answer.set('ratelimit-limit', String(nearest.perMinute))
  answer.set('ratelimit-remaining', String(nearest.left))
  answer.set('ratelimit-reset', String(nearest.reset))
}
