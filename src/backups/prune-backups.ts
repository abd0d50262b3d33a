import type { Destination } from './destination.ts'

/** Deletes all but the newest ones, of those that we have named. Returns the names of what is gone. */
export async function pruneBackups(destination: Destination, keep: number): Promise<string[]> {
  const old = (await destination.list()).slice(keep).map(({ name }) => name)
  for (const name of old) await destination.remove(name)
  return old
}
