import type { ChaosOptions } from '../options.ts'
import { type Random, randomFrom } from '../random.ts'
import type { Act, Play } from './play.ts'

const sorts = ['plain', 'unkeyed', 'twice', 'delayed', 'retried', 'failing', 'cancelled', 'thread'] as const

/** One piece of work that a client wants. */
export interface Piece {
  /** Stands in the metadata of its run; also its idempotency key, unless it is `unkeyed`. */
  key: string
  sort: (typeof sorts)[number]
  /** Milliseconds from the beginning. */
  at: number
  play: Play
  delaySeconds: number
  /** Number of its thread. */
  thread: number | null
  /** How long after its start it is cancelled. */
  cancelAfterMs: number | null
  /** Somebody reads its stream. */
  followed: boolean
}

const perSecond = 40
export const threadCount = 6

/** The same work for the same seed and time, whatever the faults. */
export function planWork({ seed, minutes }: ChaosOptions): Piece[] {
  const random = randomFrom(seed, 2)
  const count = Math.round(minutes * 60 * perSecond)
  return Array.from({ length: count }, (_, number) => piece(random, number))
}

function piece(random: Random, number: number): Piece {
  const sort = random.chance(0.3) ? 'plain' : random.pick(sorts)
  const key = `piece-${number}`
  return {
    key,
    sort,
    at: (number * 1_000) / perSecond + random.between(0, 1_000 / perSecond),
    play: {
      key,
      turns: sort === 'thread' ? [[{ ms: random.between(0, 20) }]] : turns(random),
      failures: sort === 'retried' ? random.between(1, 3) : 0,
      fatal: sort === 'failing',
      wordMs: random.pick([0, 0, 1, 5]),
    },
    delaySeconds: sort === 'delayed' ? random.between(1, 5) : 0,
    thread: sort === 'thread' ? random.between(0, threadCount - 1) : null,
    cancelAfterMs: sort === 'cancelled' ? random.between(0, 1_000) : null,
    followed: random.chance(0.05),
  }
}

const turns = (random: Random): Act[][] =>
  Array.from({ length: random.between(1, 3) }, () => Array.from({ length: random.between(1, 2) }, () => act(random)))

/** Most are short; some are as long as it takes to be killed, frozen or cut off in the middle. */
const act = (random: Random): Act =>
  random.chance(0.1) ? { ms: random.between(500, 3_000), deaf: random.chance(0.2) } : { ms: random.between(0, 100) }
