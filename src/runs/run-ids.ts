/** Bounds of ids, both inclusive. */
export interface IdRange {
  from?: string
  to?: string
}

const length = 'run_'.length + 32

/** How far the clock that made an id may be from the one that wrote its row. */
const clockDifferenceMs = 3_600_000

/** Ids of runs that begin so. Bounds are ids themselves, since databases differ in how they sort other texts. */
export const idsThatBegin = (beginning: string): Required<IdRange> => ({
  from: beginning.padEnd(length, '0'),
  to: beginning.padEnd(length, 'f'),
})

/** Ids of runs that may have been made from one time until another: a little more, as clocks differ. */
export const idsAround = (after: number | undefined, before: number | undefined): IdRange => ({
  ...(after !== undefined && { from: idsThatBegin(`run_${hexOf(after - clockDifferenceMs)}`).from }),
  ...(before !== undefined && { to: idsThatBegin(`run_${hexOf(before + clockDifferenceMs)}`).to }),
})

/** When an id was made, in milliseconds since 1970: it begins with that (UUID version 7). */
export const idTime = (id: string): number => Number.parseInt(id.slice('run_'.length, 'run_'.length + 12), 16)

const hexOf = (ms: number): string =>
  Math.min(Math.max(Math.floor(ms), 0), 2 ** 48 - 1)
    .toString(16)
    .padStart(12, '0')
