import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

const script = /\.m?[jt]s$/
const notLoaded = /^[_.]|\.test\.m?[jt]s$|\.d\.m?ts$/

/**
 * The files of a directory that are to be loaded, relative to it and sorted: its own scripts, and `<name>/<noun>.ts`. A
 * directory that does not exist has none. Synchronous, because a start waits for it and it takes microseconds.
 * @throws the file system's error when the directory cannot be read
 */
export function listFiles(directory: string, noun: string): string[] {
  // Asked first, because an exception costs more than all the rest.
  if (statSync(directory, { throwIfNoEntry: false }) === undefined) return []
  const files: string[] = []
  for (const name of readdirSync(directory)) {
    if (notLoaded.test(name) || name === 'node_modules') continue
    if (isDirectory(join(directory, name))) {
      files.push(...mainFilesIn(join(directory, name), noun).map(inner => `${name}/${inner}`))
    } else if (script.test(name)) {
      files.push(name)
    }
  }
  return files.sort()
}

/** A folder that cannot be read is the file system's way to say it is not ours. */
function mainFilesIn(directory: string, noun: string): string[] {
  try {
    return readdirSync(directory).filter(
      name => name.startsWith(`${noun}.`) && /^[a-z]+\.m?[jt]s$/.test(name) && !isDirectory(join(directory, name)),
    )
  } catch {
    return []
  }
}

/** Follows links, as Kubernetes mounts files by them. A broken link is a file, so that its import fails and is reported. */
function isDirectory(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
  } catch {
    return false
  }
}
