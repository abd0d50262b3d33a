import { and, desc, eq, inArray } from 'drizzle-orm'
import type { ApprovalState } from '../../approvals/approval.ts'
import { returnToolResults, type ToolResult } from '../../approvals/return-results.ts'
import { mayUse } from '../../catalog/usable-agent.ts'
import type { Actor, AppContext } from '../../context.ts'
import { AppError } from '../../errors.ts'
import { getRun } from '../../runs/get-run.ts'
import { lastSeq, readEvents } from '../../runs/read-events.ts'
import type { Run } from '../../runs/run.ts'

interface Continuing {
  agent: string
  results: ToolResult[]
  /** The client may have brought them before. */
  isRepeated: boolean
}

/**
 * Gives the run that waits for these calls what came of them. Clients of this protocol know no runs: it is found by the
 * ids of the calls, the newest where a provider has used one twice.
 * @throws AppError conflict where no run waits for them
 */
export async function continueRun(
  app: AppContext,
  actor: Actor,
  { agent, results, isRepeated }: Continuing,
): Promise<{ run: Run; after: number }> {
  const ids = results.map(({ toolCallId }) => toolCallId)
  const { approvals } = app.database.tables
  const known = await app.database.orm
    .select({ runId: approvals.runId, toolCallId: approvals.toolCallId, state: approvals.state })
    .from(approvals)
    .where(
      and(
        eq(approvals.tenantId, actor.tenantId),
        eq(approvals.kind, 'client_tool'),
        eq(approvals.agent, agent),
        inArray(approvals.toolCallId, ids),
      ),
    )
    .orderBy(desc(approvals.id))
    .limit(1_000)
  const runs = Map.groupBy(known, ({ runId }) => runId)
  const find = (state: ApprovalState) =>
    [...runs].find(([, calls]) => ids.every(id => calls.some(call => call.toolCallId === id && call.state === state)))
  const earlier = isRepeated && !find('pending') ? find('resolved') : undefined
  if (earlier && mayUse(actor, agent)) return await fromEarlierTry(app, actor, earlier[0], ids)
  const found = find('pending')
  if (!found || !mayUse(actor, agent)) {
    throw new AppError('conflict', `No run of ${agent} waits for the results of ${ids.join(', ')}.`)
  }
  const [runId] = found
  const after = await lastSeq(app.database, runId)
  return { run: await returnToolResults(app, actor, runId, results), after }
}

/** It goes on already, from where it waited for these calls. */
async function fromEarlierTry(app: AppContext, actor: Actor, runId: string, ids: string[]) {
  const run = await getRun(app, actor, runId)
  let after = 0
  for (let cursor = 0; ; ) {
    const events = await readEvents(app.database, runId, cursor, 500)
    const waits = events.find(
      ({ type, data }) => type === 'run.waiting' && ids.every(id => data.includes(JSON.stringify(id))),
    )
    after = waits?.seq ?? after
    cursor = events.at(-1)?.seq ?? cursor
    if (waits || events.length < 500) return { run, after }
  }
}
