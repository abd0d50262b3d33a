import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { S3Client } from 'bun'
import type { S3Config } from '../config-backups.ts'
import { AppError } from '../errors.ts'
import { isBackupName } from './backup-name.ts'
import type { Destination, StoredBackup } from './destination.ts'
import { digest, digestLine, readDigestLine } from './digest.ts'
import { removeStale, stagedName } from './staged-file.ts'

// Ten thousand parts are the most there can be: backups of up to 160 GB.
const upload = { partSize: 16 * 1024 ** 2, queueSize: 2, retry: 5, type: 'application/octet-stream' }

/**
 * S3-compatible storage. Copies are made on this machine, in `staging`, and sent in parts: no more than a few of them are
 * in memory.
 */
export function s3Destination(
  { bucket, prefix }: { bucket: string; prefix: string },
  { endpoint, region, accessKeyId, secretAccessKey, sessionToken }: S3Config,
  staging: string,
): Destination {
  const place = `s3://${bucket}${prefix && `/${prefix}`}`
  const client = new S3Client({
    bucket,
    region,
    accessKeyId,
    secretAccessKey,
    ...(endpoint !== null && { endpoint }),
    ...(sessionToken !== null && { sessionToken }),
  })
  const keyOf = (name: string) => (prefix === '' ? name : `${prefix}/${name}`)
  const explained = <T>(work: Promise<T>): Promise<T> => work.catch(error => fail(place, error))

  async function list(): Promise<StoredBackup[]> {
    const found: StoredBackup[] = []
    const digests = new Set<string>()
    let continuationToken: string | undefined
    for (;;) {
      const after = continuationToken === undefined ? {} : { continuationToken }
      const page = await explained(client.list({ prefix: keyOf('bunkhouse-'), ...after }))
      for (const { key, size, lastModified } of page.contents ?? []) {
        const name = key.slice(keyOf('').length)
        if (name.endsWith('.sha256')) digests.add(name.slice(0, -'.sha256'.length))
        else if (isBackupName(name)) found.push({ name, bytes: size ?? 0, madeAt: timeOf({ lastModified }) })
      }
      continuationToken = page.nextContinuationToken
      if (!page.isTruncated || continuationToken === undefined) break
    }
    return found.filter(({ name }) => digests.has(name)).sort((a, b) => (a.name < b.name ? 1 : -1))
  }

  /**
   * What stands under a name and that of its digest. By a list: what answers to other questions does not say in words why
   * it refuses, if it does.
   */
  async function find(name: string): Promise<{ size?: number; lastModified?: string }[]> {
    const { contents = [] } = await explained(client.list({ prefix: keyOf(name) }))
    return [keyOf(name), keyOf(`${name}.sha256`)].flatMap(wanted => contents.filter(({ key }) => key === wanted))
  }

  async function probe(): Promise<void> {
    await explained(client.list({ prefix: keyOf('bunkhouse-probe') }))
  }

  async function remove(name: string): Promise<void> {
    await explained(client.delete(keyOf(name)))
    await explained(client.delete(keyOf(`${name}.sha256`)))
  }

  return {
    place,

    async stage(name) {
      await probe()
      await mkdir(staging, { recursive: true })
      await removeStale(staging)
      return join(staging, stagedName(name))
    },

    async keep(staged, { name, bytes, sha256 }) {
      if (!isBackupName(name) && (await find(name)).length > 0)
        throw new AppError('conflict', `${place}/${name} is there already. Name another.`)
      await explained(client.write(keyOf(`${name}.sha256`), digestLine(sha256, name)))
      // An object is there when all of it is.
      await explained(client.file(keyOf(name)).write(Bun.file(staged), upload))
      // Read back: what a store says of itself differs between stores.
      const stored = await explained(digest(client.file(keyOf(name)).stream()))
      if (stored.bytes === bytes && stored.sha256 === sha256) return
      await remove(name)
      throw new AppError('unavailable', `${place}/${name} was not what was sent: ${stored.bytes} of ${bytes} bytes.`)
    },

    isTaken: async name => (await find(name)).length > 0,
    list,

    async has(name) {
      const [file, line] = await find(name)
      return file && line ? { name, bytes: file.size ?? 0, madeAt: timeOf(file) } : null
    },

    async read(name) {
      const file = client.file(keyOf(name))
      if (!(await explained(file.exists()))) throw new AppError('not_found', `There is no ${place}/${name}.`)
      return file.stream()
    },

    async digestOf(name) {
      const line = client.file(keyOf(`${name}.sha256`))
      return (await explained(line.exists())) ? readDigestLine(await explained(line.text())) : null
    },

    remove,

    probe,
  }
}

const timeOf = ({ lastModified }: { lastModified?: string | undefined }): number => Date.parse(lastModified ?? '') || 0

/** In the store's own words, with the place: they hold no key. */
function fail(place: string, error: unknown): never {
  if (error instanceof AppError) throw error
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const said = error instanceof Error ? error.message : String(error)
  const reason = [code, said === 'an unexpected error has occurred' ? '' : said].filter(Boolean).join(': ')
  throw new AppError('unavailable', `${place} cannot be used: ${reason}`, { cause: error })
}
