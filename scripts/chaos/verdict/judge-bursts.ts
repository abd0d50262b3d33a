import type { Effect } from '../ledger.ts'
import type { OfferedBursts } from '../work/bursts.ts'

/** What is wrong with brief jobs: nothing is kept of them, so their effects have to say it. */
export function judgeBursts(offered: OfferedBursts, effects: ReadonlyMap<string, readonly Effect[]>): string[] {
  const wrong: string[] = []
  const promised = new Set(offered.promised)
  for (const id of promised) if (!effects.has(id)) wrong.push(`brief job ${id} was promised, and has no effect`)
  for (const [id, made] of effects) {
    if (made[0]?.brief !== true) continue
    if (!promised.has(id) && offered.unsure === 0) wrong.push(`brief job ${id}: nobody has asked for it`)
    const attempts = made.map(({ call }) => call)
    if (new Set(attempts).size < attempts.length) {
      wrong.push(`brief job ${id} has two effects of one attempt: ${attempts.join(', ')}`)
    }
  }
  return wrong
}

export function countBursts(
  { promised, unsure }: OfferedBursts,
  effects: ReadonlyMap<string, readonly Effect[]>,
): [name: string, count: number][] {
  const brief = [...effects.values()].filter(([first]) => first?.brief === true)
  return [
    ['brief jobs promised', promised.length],
    ['bursts without an answer', unsure],
    ['brief jobs that acted', brief.length],
    ['brief effects repeated after a loss', brief.reduce((sum, made) => sum + made.length - 1, 0)],
  ]
}
