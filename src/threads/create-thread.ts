import type { Actor, AppContext } from '../context.ts'
import type { Json } from '../json.ts'
import { newId } from '../runtime/id.ts'
import type { Thread } from './thread.ts'

export async function createThread(
  { database, clock }: Pick<AppContext, 'database' | 'clock'>,
  actor: Actor,
  { metadata = {} }: { metadata?: { [key: string]: Json } | undefined },
): Promise<Thread> {
  const now = clock.now()
  const thread = { id: newId('thr'), tenantId: actor.tenantId, metadata, createdAt: now, updatedAt: now }
  await database.transaction(({ orm, tables }) => orm.insert(tables.threads).values(thread).returning())
  return thread
}
