import { access, constants, link, mkdir, readdir, rename, rm, stat, unlink, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { syncFile } from '../db/copy-sqlite.ts'
import { AppError } from '../errors.ts'
import { isBackupName } from './backup-name.ts'
import type { Destination, StoredBackup } from './destination.ts'
import { digestLine, readDigestLine } from './digest.ts'
import { removeStale, stagedName } from './staged-file.ts'

/** A folder, which is made. */
export function diskDestination(folder: string): Destination {
  const pathOf = (name: string) => join(folder, name)

  async function has(name: string): Promise<StoredBackup | null> {
    try {
      const [{ size, mtimeMs }] = await Promise.all([stat(pathOf(name)), access(`${pathOf(name)}.sha256`)])
      return { name, bytes: size, madeAt: Math.floor(mtimeMs) }
    } catch (error) {
      if (isMissing(error)) return null
      throw error
    }
  }

  return {
    place: folder,

    async stage(name) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await removeStale(folder)
      return pathOf(stagedName(name))
    },

    async keep(staged, { name, sha256 }) {
      syncFile(staged)
      // Of ours, one that was cut off may stand there; a file of somebody else's is never written over.
      if (isBackupName(name)) await rename(staged, pathOf(name))
      else await moveToNew(staged, pathOf(name))
      await writeFile(`${pathOf(name)}.sha256`, digestLine(sha256, name), { mode: 0o600 })
      syncFile(`${pathOf(name)}.sha256`)
    },

    has,

    async list() {
      const names = await readdir(folder).catch(error => {
        if (isMissing(error)) return []
        throw error
      })
      const found = await Promise.all(names.filter(isBackupName).map(has))
      return found.filter(backup => backup !== null).sort((a, b) => (a.name < b.name ? 1 : -1))
    },

    async read(name) {
      const file = Bun.file(pathOf(name))
      if (!(await file.exists())) throw new AppError('not_found', `There is no backup ${name} in ${folder}.`)
      return file.stream()
    },

    async digestOf(name) {
      const file = Bun.file(`${pathOf(name)}.sha256`)
      return (await file.exists()) ? readDigestLine(await file.text()) : null
    },

    async remove(name) {
      await rm(pathOf(name), { force: true })
      await rm(`${pathOf(name)}.sha256`, { force: true })
    },

    async probe() {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await access(resolve(folder), constants.W_OK | constants.X_OK)
    },
  }
}

async function moveToNew(from: string, to: string): Promise<void> {
  try {
    await link(from, to)
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw new AppError('conflict', `${to} is there already. Name another file.`)
    throw error
  }
  await unlink(from)
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined)
const isMissing = (error: unknown): boolean => codeOf(error) === 'ENOENT'
