/** @throws with all of the faults, where there are some */
export function holdTogether(faults: string[], where = ''): void {
  if (faults.length > 0) throw new Error([where, ...new Set(faults)].filter(Boolean).join('\n'))
}
