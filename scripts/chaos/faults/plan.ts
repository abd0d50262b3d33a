import type { ChaosOptions } from '../options.ts'
import { type Random, randomFrom } from '../random.ts'
import type { Fault } from './fault.ts'

export interface PlannedFault {
  /** Milliseconds from the beginning. */
  at: number
  fault: Fault
}

export const leaseSeconds = 5

/** How far a clock is set off: what is late by more than a minute would rightly be missed. */
const clockOffMs = 20_000
const downMostMs = 2_000
/** Between two faults, and after one for whom it has hit. */
const pauseMs = { least: 500, most: 2_000 }

interface Kind {
  /** Who is hit: it is left alone until it works again. */
  hits: 'process' | 'all' | 'postgres' | 'redis'
  lastsMs(fault: Fault): number
  make(random: Random, slot: number): Fault
}

/** Each kind in turn, in an order and at moments that the seed decides; the last one is over by the end. */
export function planFaults(options: ChaosOptions): PlannedFault[] {
  const random = randomFrom(options.seed, 1)
  const slots = Array.from({ length: options.processes }, (_, slot) => slot)
  const end = options.minutes * 60_000
  const planned: PlannedFault[] = []
  const busyUntil = new Map<string, number>()
  const free = (who: string) => busyUntil.get(who) ?? 0
  for (let at = pauseMs.most; at < end; ) {
    for (const kind of random.shuffled(kindsOf(options))) {
      const slot =
        random.shuffled(slots).sort((a, b) => Math.max(free(`${a}`), at) - Math.max(free(`${b}`), at))[0] ?? 0
      const fault = kind.make(random, slot)
      const hit = kind.hits === 'process' ? [`${slot}`] : kind.hits === 'all' ? slots.map(String) : [kind.hits]
      const begin = Math.max(at, ...hit.map(free))
      const over = begin + kind.lastsMs(fault)
      if (over <= end) {
        planned.push({ at: begin, fault })
        for (const who of hit) busyUntil.set(who, over + random.between(pauseMs.least, pauseMs.most))
      }
      at += random.between(pauseMs.least, pauseMs.most)
    }
  }
  return planned.sort((a, b) => a.at - b.at)
}

const down = (random: Random): number => random.between(0, downMostMs)
const lasts = (fault: Fault): number => ('downMs' in fault ? fault.downMs : 'forMs' in fault ? fault.forMs : 0)

function kindsOf({ engine, redis }: ChaosOptions): Kind[] {
  const process = (make: Kind['make']): Kind => ({ hits: 'process', lastsMs: lasts, make })
  const kill = process((random, slot) => ({ kind: 'kill', slot, downMs: down(random) }))
  const anywhere: Kind[] = [
    kill,
    kill,
    process((random, slot) => ({ kind: 'drain', slot, downMs: down(random) })),
    process((random, slot) => ({ kind: 'freeze', slot, forMs: leaseSeconds * 1_000 + random.between(500, 3_000) })),
    process((random, slot) => ({ kind: 'set clock', slot, aheadMs: random.between(-clockOffMs, clockOffMs) })),
  ]
  const of = (hits: Kind['hits'], make: (random: Random) => Fault): Kind => ({ hits, lastsMs: lasts, make })
  const ofRedis = of('redis', random => ({ kind: 'kill redis', downMs: down(random) }))
  const ofPostgres: Kind[] = [
    of('all', random => ({ kind: 'kill all', downMs: down(random) })),
    of('postgres', random => ({ kind: 'restart postgres', mode: 'fast', downMs: down(random) })),
    of('postgres', random => ({ kind: 'restart postgres', mode: 'immediate', downMs: down(random) })),
    of('postgres', () => ({ kind: 'cut connections', share: 1 })),
    of('postgres', random => ({ kind: 'cut connections', share: random.between(2, 8) / 10 })),
  ]
  return [...anywhere, ...(redis ? [ofRedis] : []), ...(engine === 'postgres' ? ofPostgres : [])]
}
