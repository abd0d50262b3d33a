import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const prefix = 'bunkhouse-test-'

// Where temporary files are kept in memory a sync costs nothing, which would flatter a measurement.
const parentFolder = (durable: boolean): string => (durable && existsSync('/var/tmp') ? '/var/tmp' : tmpdir())

/** Makes a folder for one throw-away server, after removing what killed ones left behind. */
export const makeFolder = async (name: string, durable: boolean): Promise<string> => {
  const parent = parentFolder(durable)
  await removeStale(parent)
  return await mkdtemp(join(parent, `${prefix}${name}-${process.pid}-`))
}

/** A folder goes when its keeper does, unless that was killed with SIGKILL or by a power cut. */
const removeStale = async (parent: string): Promise<void> => {
  const entries = await readdir(parent)
  await Promise.all(
    entries
      .filter(entry => entry.startsWith(prefix))
      .map(entry => removeIfStale(join(parent, entry)).catch(() => 'somebody else owns it')),
  )
}

const removeIfStale = async (folder: string): Promise<void> => {
  const file = Bun.file(join(folder, 'keeper'))
  const keeper = (await file.exists()) ? Number(await file.text()) : undefined
  const maker = Number(folder.split('-').at(-2))
  if (isAlive(keeper ?? maker)) return
  // The keeper led the server's process group, so what is left of the group is the server.
  if (keeper !== undefined && isAlive(-keeper)) {
    process.kill(-keeper, 'SIGTERM')
    process.kill(-keeper, 'SIGQUIT')
  }
  await rm(folder, { recursive: true, force: true })
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // EPERM: alive, and another user's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
