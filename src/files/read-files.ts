import { and, desc, eq, gt, inArray, isNull, lt, or } from 'drizzle-orm'
import { audit } from '../audit/audit.ts'
import type { Actor, AppContext } from '../context.ts'
import type { Connection } from '../db/database.ts'
import { notFound } from '../errors.ts'
import type { KeptFile } from './file.ts'

type Needs = Pick<AppContext, 'clock' | 'database'>
type Tenant = Pick<Actor, 'tenantId'>

const columns = ({ tables: { files } }: Pick<Connection, 'tables'>) => ({
  id: files.id,
  name: files.name,
  mediaType: files.mediaType,
  bytes: files.bytes,
  createdAt: files.createdAt,
  expiresAt: files.expiresAt,
})

/** @throws AppError not_found, also where its time is over */
export async function getFile({ clock, database }: Needs, { tenantId }: Tenant, id: string): Promise<KeptFile> {
  const { files } = database.tables
  const [row] = await database.orm
    .select(columns(database))
    .from(files)
    .where(and(eq(files.id, id), eq(files.tenantId, tenantId), isKept(database, clock.now())))
  if (!row) throw notFound('file', id)
  return row
}

/** The newest first. */
export async function listFiles(
  { clock, database }: Needs,
  { tenantId }: Tenant,
  { before, limit }: { before?: string | undefined; limit: number },
): Promise<KeptFile[]> {
  const { files } = database.tables
  const earlier = before === undefined ? undefined : lt(files.id, before)
  return database.orm
    .select(columns(database))
    .from(files)
    .where(and(eq(files.tenantId, tenantId), isKept(database, clock.now()), earlier))
    .orderBy(desc(files.id))
    .limit(limit)
}

/** Those that there are, with what is in them. */
export async function readContents(
  { clock, database }: Needs,
  { tenantId }: Tenant,
  ids: string[],
): Promise<Map<string, Pick<KeptFile, 'name' | 'mediaType'> & { content: Uint8Array }>> {
  if (ids.length === 0) return new Map()
  const { files } = database.tables
  const rows = await database.orm
    .select({ id: files.id, name: files.name, mediaType: files.mediaType, content: files.content })
    .from(files)
    .where(and(inArray(files.id, ids), eq(files.tenantId, tenantId), isKept(database, clock.now())))
  return new Map(rows.map(({ id, ...file }) => [id, file]))
}

/** Which of these there are. */
export async function knownFiles(
  { clock, database }: Needs,
  { tenantId }: Tenant,
  ids: string[],
): Promise<Set<string>> {
  const { files } = database.tables
  const rows = await database.orm
    .select({ id: files.id })
    .from(files)
    .where(and(inArray(files.id, ids), eq(files.tenantId, tenantId), isKept(database, clock.now())))
  return new Set(rows.map(({ id }) => id))
}

/** Messages that it was attached to say from then on that it is gone. @throws AppError not_found */
export async function deleteFile(
  { clock, database, emit }: Needs & Pick<AppContext, 'emit'>,
  actor: Actor,
  id: string,
): Promise<void> {
  await database.transaction(async tx => {
    const { files } = tx.tables
    const mine = and(eq(files.id, id), eq(files.tenantId, actor.tenantId))
    const gone = await tx.orm.delete(files).where(mine).returning({ id: files.id })
    if (gone.length === 0) throw notFound('file', id)
    await audit(tx, actor, { action: 'file.deleted', target: { type: 'file', id } }, clock.now())
  })
  emit('audit.recorded', { action: 'file.deleted' })
}

const isKept = ({ tables: { files } }: Pick<Connection, 'tables'>, now: number) =>
  or(isNull(files.expiresAt), gt(files.expiresAt, now))
