import { closeSync, openSync, renameSync, rmSync, statSync } from 'node:fs'

/** A process that died in the middle of a rotation must not stop all others for good. */
const lockMs = 10_000

/**
 * Moves `path` to `path.1`, that to `path.2` and so on; `keep` files stay in all. The oldest goes first, so that a
 * rotation that was cut short has lost nothing.
 * @param isCurrent whether `path` is still the file that was found to be full: another process may have moved it meanwhile
 * @returns whether `path` is free now; not so while another process is at it
 */
export function rotate(path: string, keep: number, isCurrent: () => boolean): boolean {
  const lock = `${path}.lock`
  if (!take(lock)) return false
  try {
    if (!isCurrent()) return true
    const names = [path, ...Array.from({ length: keep - 1 }, (_, index) => `${path}.${index + 1}`)]
    for (let index = names.length - 1; index > 0; index--) move(names[index - 1], names[index])
    if (keep === 1) rmSync(path, { force: true })
    return true
  } finally {
    rmSync(lock, { force: true })
  }
}

function take(lock: string): boolean {
  try {
    closeSync(openSync(lock, 'wx'))
    return true
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
    const madeAt = statSync(lock, { throwIfNoEntry: false })?.mtimeMs
    if (madeAt !== undefined && Date.now() - madeAt > lockMs) rmSync(lock, { force: true })
    return false
  }
}

function move(from: string | undefined, to: string | undefined): void {
  if (from === undefined || to === undefined) return
  try {
    renameSync(from, to)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined)
