import { constants, existsSync } from 'node:fs'
import { access, link, mkdir, readdir, rename, rm, stat, unlink, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
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
    const [file, line] = await Promise.all(
      [pathOf(name), `${pathOf(name)}.sha256`].map(path => stat(path).catch(nothing)),
    )
    return file && line ? { name, bytes: file.size, madeAt: Math.floor(file.mtimeMs) } : null
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
      const line = `${staged}.sha256`
      try {
        await writeFile(line, digestLine(sha256, name), { flag: 'wx', mode: 0o600 })
        syncFile(line)
        // Of ours, what was cut off may stand there; a file of somebody else's is never written over.
        const move = isBackupName(name) ? rename : moveToNew
        await move(line, `${pathOf(name)}.sha256`)
        await move(staged, pathOf(name))
        syncFile(pathOf(name))
      } finally {
        await rm(line, { force: true })
      }
    },

    has,

    async isTaken(name) {
      const found = await Promise.all([pathOf(name), `${pathOf(name)}.sha256`].map(path => stat(path).catch(nothing)))
      return found.some(Boolean)
    },

    async list() {
      const names = (await readdir(folder).catch(nothing)) ?? []
      const found = await Promise.all(names.filter(isBackupName).map(has))
      return found.filter(backup => backup !== null).sort((a, b) => (a.name < b.name ? 1 : -1))
    },

    async read(name) {
      const file = Bun.file(pathOf(name))
      if (!(await file.exists())) throw new AppError('not_found', `There is no file ${pathOf(name)}.`)
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
      // Not made: a look leaves nothing behind.
      let nearest = resolve(folder)
      while (!existsSync(nearest)) nearest = dirname(nearest)
      await access(nearest, constants.W_OK | constants.X_OK)
      if (!(await stat(nearest)).isDirectory()) throw new AppError('conflict', `${nearest} is no folder.`)
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

/** Stands for what is not there. */
function nothing(error: unknown): null {
  if (codeOf(error) === 'ENOENT') return null
  throw error
}
