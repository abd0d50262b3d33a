import type { ApprovalOutbox } from '../approvals/approval-outbox.ts'
import type { BudgetOutbox } from '../budgets/budget-outbox.ts'
import type { Transaction } from '../db/database.ts'
import type { RunEvent } from './event.ts'
import { readRuns } from './read-run.ts'
import type { Run } from './run.ts'
import { newsTypeOf, type RunNewsType } from './run-webhook.ts'

/** One change of a run's state. */
export interface RunNews {
  type: RunNewsType
  /** As it was stored with the change. */
  run: Run
  /** Milliseconds since 1970. */
  at: number
}

/** What is to be told outside: it commits with the change that it tells of, or not at all. */
export interface RunOutbox extends ApprovalOutbox, BudgetOutbox {
  /** Whether anybody might want to hear of a run; where nobody does, there is nothing more to do. */
  listens(tenantId: string, webhook: unknown): boolean
  tellRuns(tx: Transaction, news: RunNews[]): Promise<void>
  /** After the commit: wakes whoever delivers. Costs nothing where nothing was told lately. */
  wake(): void
}

/** Tells of the changes that are in these logs. */
export async function tellEvents(
  outbox: RunOutbox,
  tx: Transaction,
  changes: readonly { run: Run; events: RunEvent[] }[],
): Promise<void> {
  let news: RunNews[] | undefined
  for (const { run, events } of changes) {
    if (!outbox.listens(run.tenantId, run.webhook)) continue
    for (const { type, createdAt } of events) {
      const told = newsTypeOf(type)
      if (!told) continue
      news ??= []
      news.push({ type: told, run: asOf(told, run), at: createdAt })
    }
  }
  if (news) await outbox.tellRuns(tx, news)
}

/** What a statement says of a run that it has changed. */
export interface ChangedRun {
  id: string
  tenantId: string
  hasWebhook: boolean
}

/** Tells the same of several runs that nobody executes. */
export async function tellChanged(
  outbox: RunOutbox,
  tx: Transaction,
  type: RunNewsType,
  changed: ChangedRun[],
  at: number,
): Promise<void> {
  const heard = changed.filter(({ tenantId, hasWebhook }) => outbox.listens(tenantId, hasWebhook || null))
  if (heard.length === 0) return
  const runs = await readRuns(
    tx,
    heard.map(({ id }) => id),
  )
  await outbox.tellRuns(
    tx,
    runs.map(run => ({ type, run, at })),
  )
}

/** A short run starts and ends in one commit: of its start, what came later is left out. */
function asOf(type: RunNewsType, run: Run): Run {
  if (type === 'run.started' && run.status !== 'running') {
    return { ...run, status: 'running', output: null, error: null, finishedAt: null }
  }
  return type === 'run.retrying' && run.status !== 'queued' ? { ...run, status: 'queued' } : run
}
