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
    let startAfter: string | undefined
    for (;;) {
      const page = await explained(
        client.list({ prefix: keyOf('bunkhouse-'), ...(startAfter !== undefined && { startAfter }) }),
      )
      const objects = page.contents ?? []
      for (const { key, size, lastModified } of objects) {
        const name = key.slice(keyOf('').length)
        if (name.endsWith('.sha256')) digests.add(name.slice(0, -'.sha256'.length))
        else if (isBackupName(name)) found.push({ name, bytes: size ?? 0, madeAt: Date.parse(lastModified ?? '') || 0 })
      }
      startAfter = objects.at(-1)?.key
      if (!page.isTruncated || startAfter === undefined) break
    }
    return found.filter(({ name }) => digests.has(name)).sort((a, b) => (a.name < b.name ? 1 : -1))
  }

  /** By a list: what answers to other questions says in words why it refuses, if it does. */
  async function isTaken(name: string): Promise<boolean> {
    const { contents = [] } = await explained(client.list({ prefix: keyOf(name) }))
    return contents.some(({ key }) => key === keyOf(name) || key === keyOf(`${name}.sha256`))
  }

  async function probe(): Promise<void> {
    await explained(client.list({ prefix: keyOf('bunkhouse-'), maxKeys: 1 }))
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
      if (!isBackupName(name) && (await isTaken(name)))
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

    isTaken,
    list,

    async has(name) {
      const [file, line] = [client.file(keyOf(name)), client.file(keyOf(`${name}.sha256`))]
      if (!(await explained(line.exists())) || !(await explained(file.exists()))) return null
      const { size, lastModified } = await explained(file.stat())
      return { name, bytes: size, madeAt: lastModified.getTime() }
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

/** In the store's own words, with the place: they hold no key. */
function fail(place: string, error: unknown): never {
  if (error instanceof AppError) throw error
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const said = error instanceof Error ? error.message : String(error)
  const reason = [code, said === 'an unexpected error has occurred' ? '' : said].filter(Boolean).join(': ')
  throw new AppError('unavailable', `${place} cannot be used: ${reason}`, { cause: error })
}
