import { pendingApprovals } from '../../approvals/read-approvals.ts'
import { resolveApproval } from '../../approvals/resolve-approval.ts'
import { returnToolResults } from '../../approvals/return-results.ts'
import type { AppContext } from '../../context.ts'
import { AppError } from '../../errors.ts'
import { type Caller, requireScope } from '../../http/auth.ts'
import { lastRun, type Place } from './chat.ts'
import { clientAnswers, type UiMessage } from './ui-message.ts'
import { readWaits } from './waits.ts'

/**
 * Gives the run of a chat what its client has answered: decisions on approvals, and what came of tools that the client
 * runs. Its message goes on with what the run says after it began to wait.
 * @throws AppError conflict where it waits for nothing of that; forbidden for a key that may decide on no approvals
 */
export async function continueChat(
  app: AppContext,
  actor: Caller,
  { agent, chatId, message }: { agent: string; chatId: string; message: UiMessage },
): Promise<Place> {
  const run = await lastRun(app, actor, agent, chatId)
  if (!run)
    throw new AppError('conflict', 'The last message must be one of the user: this chat has no answer that waits.')
  const pending = run.status === 'waiting' ? await pendingApprovals(app.database, run.id) : []
  const { approvals, results } = clientAnswers(message)
  const decided = pending.flatMap(({ id }) => {
    const answer = approvals.get(id)
    return answer ? [{ id, ...answer }] : []
  })
  const returned = pending.flatMap(({ kind, toolCallId }) => {
    const result = kind === 'client_tool' ? results.get(toolCallId) : undefined
    return result ? [{ toolCallId, ...result }] : []
  })
  if (decided.length === 0 && returned.length === 0)
    throw new AppError('conflict', 'The last answer of this chat waits for nothing that was sent.')
  const { last: after } = await readWaits(app, { run, after: 0 })
  for (const { id, approved, reason } of decided) {
    requireScope(actor, 'approvals:write')
    const decision = approved
      ? { action: 'approve' as const }
      : { action: 'deny' as const, reason: reason || 'No reason was given.' }
    await resolveApproval(app, actor, id, decision)
  }
  if (returned.length > 0) await returnToolResults(app, actor, run.id, returned)
  return { run: { ...run, status: 'queued' }, after }
}
