import { rm } from 'node:fs/promises'
import { AppError } from '../errors.ts'
import type { Destination } from './destination.ts'
import { digestFile } from './digest.ts'

/** What is backed up. */
export interface Source {
  /** Writes a copy of the whole database, as it is at one moment, to a new file and checks it. @throws AppError */
  copyTo(file: string, signal: AbortSignal): Promise<void>
}

export interface Backup {
  name: string
  /** s3://… or the path of the file. */
  location: string
  bytes: number
  sha256: string
}

/** Copies the database, checks the copy, and keeps it. Where it fails nothing of it is left behind. @throws AppError */
export async function makeBackup(
  source: Source,
  destination: Destination,
  name: string,
  signal: AbortSignal,
): Promise<Backup> {
  const staged = await destination.stage(name)
  try {
    await source.copyTo(staged, signal)
    const { sha256, bytes } = await digestFile(staged)
    signal.throwIfAborted()
    await destination.keep(staged, { name, bytes, sha256 })
    return { name, location: `${destination.place}/${name}`, bytes, sha256 }
  } catch (error) {
    throw isFull(error)
      ? new AppError('storage_full', `There is no room for the backup at ${destination.place}.`, { cause: error })
      : error
  } finally {
    await rm(staged, { force: true })
    await rm(`${staged}-journal`, { force: true })
  }
}

const isFull = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'storage_full')
