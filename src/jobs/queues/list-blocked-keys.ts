import type { Actor, AppContext } from '../../context.ts'
import { checkQueueName } from './queue.ts'
import { type BlockedKey, blockedKeys } from './sql/blocked-keys.ts'

/** Order keys of the tenant's jobs on a queue that wait for their first job. @throws AppError not_found */
export function listBlockedKeys(
  { database }: Pick<AppContext, 'database'>,
  { tenantId }: Actor,
  queue: string,
  { after = '', limit }: { after?: string | undefined; limit: number },
): Promise<BlockedKey[]> {
  checkQueueName(queue)
  return blockedKeys(database, { queue, tenantId }, { after, limit })
}
