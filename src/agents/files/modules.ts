import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

// The runtime keeps modules for the life of the process; which directories were loaded is as long-lived a fact.
const loadedBefore = new Set<string>()

/**
 * Makes a second load of a directory in one process see its files as they are now, with the files they import from it.
 * What they import from elsewhere or from a node_modules stays as it was first read, and so does a file that did not
 * have the export it was asked for: the runtime lets go of neither.
 */
export function forgetEarlierLoad(directory: string): void {
  if (!loadedBefore.has(directory)) {
    loadedBefore.add(directory)
    return
  }
  const { cache } = createRequire(import.meta.url)
  // Not the keys of the cache: a module that failed is kept by the runtime and not listed among them.
  for (const file of new Bun.Glob('**/*.{ts,mts,cts,tsx,js,mjs,cjs,jsx,json}').scanSync(directory)) {
    if (!`/${file}`.includes('/node_modules/')) delete cache[join(directory, file)]
  }
}

/** Rejects with whatever loading the file throws, or with `ImportTimeout`. */
export async function importFile(path: string, timeoutSeconds: number): Promise<Record<string, unknown>> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new ImportTimeout(timeoutSeconds)), timeoutSeconds * 1000)
  try {
    // A URL, because a path may hold `#` or `%`. One with `?` in it cannot be imported at all.
    return await Promise.race([import(pathToFileURL(path).href), late.promise])
  } finally {
    clearTimeout(timer)
  }
}

export class ImportTimeout extends Error {
  override readonly name = 'ImportTimeout'

  constructor(seconds: number) {
    super(`it did not finish loading within ${seconds} s`)
  }
}
