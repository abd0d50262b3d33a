/** Where time comes from: milliseconds since 1970. */
export interface Clock {
  now(): number
  /** What queue statements on Postgres take as "now"; null there means the database's own clock, so that hosts need not agree. */
  pinned(): number | null
}

export const systemClock: Clock = { now: () => Date.now(), pinned: () => null }
