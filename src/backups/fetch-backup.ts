import { closeSync, openSync, rmSync } from 'node:fs'
import { syncFile } from '../db/copy-sqlite.ts'
import { AppError } from '../errors.ts'
import { isBackupName } from './backup-name.ts'
import type { Place } from './place.ts'

/**
 * Copies a backup to a new file of this machine, and holds it against its digest where there is one.
 * @throws AppError invalid_request where it is not what was made; not_found
 */
export async function fetchBackup({ destination, name }: Place, file: string): Promise<void> {
  if (name === null) throw new AppError('invalid_request', await whichOne(destination))
  const expected = isBackupName(name) || (await destination.has(name)) ? await destination.digestOf(name) : null
  closeSync(openSync(file, 'wx', 0o600))
  try {
    const hash = new Bun.CryptoHasher('sha256')
    const writer = Bun.file(file).writer()
    for await (const part of await destination.read(name)) {
      hash.update(part)
      writer.write(part)
      await writer.flush()
    }
    await writer.end()
    if (expected !== null && hash.digest('hex') !== expected) {
      throw new AppError('invalid_request', `${destination.place}/${name} is damaged: its SHA-256 is another.`)
    }
    syncFile(file)
  } catch (error) {
    rmSync(file, { force: true })
    throw error
  }
}

async function whichOne(destination: Place['destination']): Promise<string> {
  const [newest] = await destination.list()
  return newest
    ? `Say which backup of ${destination.place} is to be restored. The newest is ${destination.place}/${newest.name}.`
    : `There is no backup in ${destination.place}.`
}
