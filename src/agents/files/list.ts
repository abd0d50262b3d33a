import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

const agentFile = /\.m?[jt]s$/
const notAnAgent = /^[_.]|\.test\.m?[jt]s$|\.d\.m?ts$/

/**
 * The agent files of a directory, relative to it and sorted: its own scripts, and `<name>/agent.ts`. A directory that
 * does not exist has none. Synchronous, because a start waits for it and it takes microseconds.
 * @throws the file system's error when the directory cannot be read
 */
export function listAgentFiles(directory: string): string[] {
  // Asked first, because an exception costs more than all the rest.
  if (statSync(directory, { throwIfNoEntry: false }) === undefined) return []
  const files: string[] = []
  for (const name of readdirSync(directory)) {
    if (notAnAgent.test(name) || name === 'node_modules') continue
    if (isDirectory(join(directory, name))) {
      files.push(...agentsIn(join(directory, name)).map(inner => `${name}/${inner}`))
    } else if (agentFile.test(name)) {
      files.push(name)
    }
  }
  return files.sort()
}

/** A folder that cannot be read is the file system's way to say it is not ours. */
function agentsIn(directory: string): string[] {
  try {
    return readdirSync(directory).filter(name => /^agent\.m?[jt]s$/.test(name) && !isDirectory(join(directory, name)))
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
