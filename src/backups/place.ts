import { existsSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname } from 'node:path'
import type { Config } from '../config.ts'
import { AppError } from '../errors.ts'
import type { Destination } from './destination.ts'
import { diskDestination } from './disk-destination.ts'

type Needs = Pick<Config, 'backups' | 'database'>

/** What an operator writes: a place for backups, or one of them by its name. */
export interface Place {
  destination: Destination
  /** Null: the place as a whole. */
  name: string | null
}

/** A folder, or s3://bucket/prefix. */
export async function openDestination(config: Needs, to: string): Promise<Destination> {
  if (!to.startsWith('s3://')) return diskDestination(to.replace(/(?<=.)\/+$/, ''))
  if (config.backups.s3 === null) {
    throw new AppError('invalid_request', 'Set S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY to use s3://.')
  }
  const [bucket = '', ...rest] = to.slice('s3://'.length).split('/')
  if (bucket === '') throw new AppError('invalid_request', `${to} names no bucket: write s3://bucket/prefix.`)
  const { s3Destination } = await import('./s3-destination.ts')
  const prefix = rest.filter(Boolean).join('/')
  return s3Destination({ bucket, prefix }, config.backups.s3, stagingFolder(config))
}

/** On the disk of the database there is room for it, or none for the service either. */
const stagingFolder = ({ database }: Needs): string =>
  database.dialect === 'sqlite' ? dirname(database.path) : tmpdir()

/** A file; a folder, where it is one or ends with a slash; or the like in a bucket, where files end with .db or .dump. */
export async function openPlace(config: Needs, text: string): Promise<Place> {
  const isS3 = text.startsWith('s3://')
  const isFile = isS3 ? /[^/]\.(db|dump)$/.test(text) : !text.endsWith('/') && !isFolder(text)
  if (!isFile) return { destination: await openDestination(config, text), name: null }
  const folder = isS3 ? text.slice(0, text.lastIndexOf('/')) : dirname(text)
  return { destination: await openDestination(config, folder), name: basename(text) }
}

const isFolder = (path: string): boolean => existsSync(path) && statSync(path).isDirectory()
