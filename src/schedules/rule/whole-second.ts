/** Nominal times of occurrences are whole seconds. */
export const wholeSecond = (ms: number): number => Math.floor(ms / 1_000) * 1_000
