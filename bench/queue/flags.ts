import { type BenchFlags, WrongUsage } from '../bench.ts'
import { fullSizes, quickSizes, type Sizes } from './sizes.ts'

export const queueFlags = {
  only: { type: 'string' },
  quick: { type: 'boolean' },
  minutes: { type: 'string' },
  install: { type: 'boolean' },
  results: { type: 'string' },
} as const

export interface QueueChoices {
  measures: string[]
  sizes: Sizes
  /** Install Celery from Debian's packages. */
  install: boolean
  /** Where RESULTS.md and the plot go; `project`: their places there; null: nowhere. */
  results: { folder: string } | 'project' | null
}

/** @throws WrongUsage */
export function readChoices({ said }: BenchFlags, measures: string[]): QueueChoices {
  const quick = said.has('quick')
  const only = said.get('only')
  const minutes = Number(said.get('minutes') ?? Number.NaN)
  if (said.has('minutes') && !(minutes > 0)) throw new WrongUsage('--minutes must be a number above 0.')
  const chosen = typeof only === 'string' ? only.split(',') : measures
  const unknown = chosen.filter(name => !measures.includes(name))
  if (unknown.length > 0) throw new WrongUsage(`--only knows ${measures.join(', ')}, and not ${unknown.join(', ')}.`)
  const sizes = quick ? quickSizes : fullSizes
  const folder = said.get('results')
  return {
    measures: measures.filter(name => chosen.includes(name)),
    sizes: Number.isNaN(minutes) ? sizes : { ...sizes, steady: { ...sizes.steady, minutes } },
    install: said.has('install'),
    // A part, or figures that say nothing, must not replace those of a whole run.
    results: typeof folder === 'string' ? { folder } : quick || only !== undefined ? null : 'project',
  }
}
