/** Asks until it is so; rejects when the signal is aborted. */
export async function until(what: string, signal: AbortSignal, isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) {
    if (signal.aborted) throw new Error(`not in time: ${what}`)
    await Bun.sleep(100)
  }
}
