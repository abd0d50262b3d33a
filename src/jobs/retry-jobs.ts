import { audit } from '../audit/audit.ts'
import type { Actor, AppContext } from '../context.ts'
import { invalidField } from '../errors.ts'
import { type Redriven, redriveJobs } from '../queue/redrive.ts'
import { queueTime } from '../queue/time.ts'
import { wakeQueues } from './wake-queues.ts'

type Needs = Pick<AppContext, 'clock' | 'database' | 'emit' | 'kinds' | 'notifier' | 'workers'>

/** Either ids, or at least one of the others. */
export interface RetrySelection {
  ids?: string[] | undefined
  queue?: string | undefined
  kind?: string | undefined
  /** Of a queue or kind: how many at most, the oldest. */
  limit?: number | undefined
}

const defaultLimit = 100

/**
 * Has discarded jobs tried again, of a queue, of a kind, or with these ids; by ids also cancelled ones.
 * @throws AppError invalid_request; conflict for a kind that cannot be tried again
 */
export async function retryJobs(app: Needs, actor: Actor, selection: RetrySelection): Promise<Redriven> {
  const chosen = toSelection(actor.tenantId, selection)
  const answer = await app.database.transaction(async tx => {
    const options = { kinds: app.kinds, by: actor.keyId, now: queueTime(tx, app.clock) }
    const redriven = await redriveJobs(tx, chosen, options)
    const { queue = null, kind = null } = selection
    const ids = redriven.redriven.map(({ id }) => id)
    const target = { type: queue === null ? 'jobs' : 'queue', id: queue ?? kind ?? 'by id' }
    if (ids.length > 0) {
      await audit(tx, actor, { action: 'job.retried', target, details: { queue, kind, ids } }, app.clock.now())
    }
    return redriven
  })
  if (answer.redriven.length > 0) app.emit('audit.recorded', { action: 'job.retried' })
  wakeQueues(app, new Set(answer.redriven.map(({ queue }) => queue)))
  return answer
}

function toSelection(tenantId: string, { ids, queue, kind, limit }: RetrySelection) {
  if (ids !== undefined) {
    const [beside] = Object.entries({ queue, kind, limit }).filter(([, value]) => value !== undefined)
    if (beside) throw invalidField(`/${beside[0]}`, 'The ids say which jobs: give nothing else.')
    return { tenantId, ids }
  }
  // Whoever forgets to say which does not mean all.
  if (queue === undefined && kind === undefined) throw invalidField('/ids', 'Give ids, a queue or a kind.')
  return {
    tenantId,
    ...(queue !== undefined && { queue }),
    ...(kind !== undefined && { kind }),
    limit: limit ?? defaultLimit,
  }
}
