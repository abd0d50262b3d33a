import { eq } from 'drizzle-orm'
import { actorName } from '../audit/audit.ts'
import type { Actor } from '../context.ts'
import { AppError, invalidField } from '../errors.ts'
import type { Json } from '../json.ts'
import { lockJobs } from '../queue/sql/lock-jobs.ts'
import { getRun } from '../runs/get-run.ts'
import type { Run } from '../runs/run.ts'
import { pendingApprovals } from './read-approvals.ts'
import { type ResolveContext, resume, tellResolved } from './resolve-approval.ts'
import { settleApproval } from './settle-approval.ts'

export interface ToolResult {
  toolCallId: string
  output: Json
  isError: boolean
}

/**
 * Gives a run what came of tool calls that its caller runs. It goes on once it has all that it waits for.
 * @throws AppError not_found; conflict where it does not wait for one of them; invalid_request where one is there twice
 */
export async function returnToolResults(
  app: ResolveContext,
  actor: Actor,
  runId: string,
  results: ToolResult[],
): Promise<Run> {
  const ids = new Set(results.map(({ toolCallId }) => toolCallId))
  if (ids.size < results.length) throw invalidField('/results', 'A call can have one result.')
  const run = await getRun(app, actor, runId)
  const goesOn = await app.database.transaction(async tx => {
    // Whoever writes the log of a run holds its job.
    await lockJobs(tx, [run.jobId])
    const pending = (await pendingApprovals(tx, runId)).filter(({ kind }) => kind === 'client_tool')
    const now = app.clock.now()
    for (const { toolCallId, output, isError } of results) {
      const approval = pending.find(waiting => waiting.toolCallId === toolCallId)
      if (!approval) throw new AppError('conflict', `Run ${runId} does not wait for a result of ${toolCallId}.`)
      const decision = { action: 'done' as const, output, isError }
      const by = actorName(actor)
      await settleApproval(tx, approval, { decision, by, state: 'resolved', now, outbox: app.outbox })
    }
    const left = pending.filter(({ toolCallId }) => !ids.has(toolCallId)).map(({ toolCallId }) => toolCallId)
    const calls = run.toolCalls?.filter(call => left.includes(call.tool_call_id)) ?? []
    const { runs } = tx.tables
    await tx.orm
      .update(runs)
      .set({ toolCalls: calls.length === 0 ? null : calls })
      .where(eq(runs.id, runId))
    return resume(app, tx, run, now)
  })
  tellResolved(app, runId, goesOn)
  return getRun(app, actor, runId)
}
