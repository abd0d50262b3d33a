import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

const form = /\.[0-9a-f]{12}\.partial(-journal)?$/
const staleMs = 24 * 3_600_000

/** The name of a copy that is not yet known to be good. */
export const stagedName = (name: string): string =>
  `.${name}.${crypto.randomUUID().replaceAll('-', '').slice(0, 12)}.partial`

/** Deletes what processes that were killed have left half made: what nobody has written to for a day. */
export async function removeStale(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith('.') || !form.test(name)) continue
    const path = join(folder, name)
    const written = await stat(path).catch(() => null)
    if (written && Date.now() - written.mtimeMs > staleMs) await rm(path, { force: true })
  }
}
