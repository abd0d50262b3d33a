import type { Actor, AppContext } from '../context.ts'
import { newId } from '../runtime/id.ts'
import type { KeptFile } from './file.ts'

export interface NewFile {
  name: string
  mediaType: string
  content: Uint8Array
  ttlSeconds?: number | undefined
}

type Needs = Pick<AppContext, 'clock' | 'database'>
type Tenant = Pick<Actor, 'tenantId'>

/** Keeps a file, whose type has been checked. */
export function keepFile(app: Needs, actor: Tenant, file: NewFile): Promise<KeptFile> {
  return insert(app, actor, newId('file'), file)
}

/** The same content is kept once, so that a request that is sent again keeps nothing more. */
export function keepInline(app: Needs, actor: Tenant, file: NewFile): Promise<KeptFile> {
  const digest = new Bun.CryptoHasher('sha256')
    .update(JSON.stringify([actor.tenantId, file.mediaType, file.name]))
    .update(file.content)
    .digest('hex')
  return insert(app, actor, `file_${digest.slice(0, 32)}`, file)
}

async function insert(
  { clock, database }: Needs,
  { tenantId }: Tenant,
  id: string,
  { name, mediaType, content, ttlSeconds }: NewFile,
): Promise<KeptFile> {
  const createdAt = clock.now()
  const expiresAt = ttlSeconds === undefined ? null : createdAt + ttlSeconds * 1_000
  const file = { id, name, mediaType, bytes: content.byteLength, createdAt, expiresAt }
  await database.transaction(({ orm, tables: { files } }) =>
    orm
      .insert(files)
      .values({ ...file, tenantId, content })
      .onConflictDoNothing()
      .returning({ id: files.id }),
  )
  return file
}
