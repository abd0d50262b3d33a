import { call } from '../../api/call.ts'
import type { Queue, Retried } from '../../api/operations.ts'

/** So many jobs of a queue are taken by one request. */
const atOnce = 1_000

/** Has all dead letters of queues tried again, the oldest first. @throws ApiError */
export async function retryAll(queues: Pick<Queue, 'name' | 'counts' | 'capped'>[]): Promise<Retried> {
  const all: Retried = { retried: 0, ids: [], refused: [] }
  for (const { name, counts, capped } of queues) {
    // What fails again meanwhile is dead anew: it is not tried without an end.
    const most = capped.includes('discarded') ? Infinity : counts.discarded
    for (let done = 0; done < most; ) {
      const { retried, ids, refused } = await call('retryJobs', { body: { queue: name, limit: atOnce } })
      done += retried
      all.retried += retried
      all.ids.push(...ids)
      all.refused.push(...refused)
      if (retried + refused.length < atOnce || retried === 0) break
    }
  }
  return all
}
