import type { ElicitRequestFormParams } from '@modelcontextprotocol/server'
import type { Decision } from '../../agents/wait.ts'
import type { Approval } from '../../approvals/approval.ts'
import { resolveApproval } from '../../approvals/resolve-approval.ts'
import type { AppContext } from '../../context.ts'
import { AppError } from '../../errors.ts'
import { type Caller, requireScope } from '../../http/auth.ts'
import { isJsonObject, type Json } from '../../json.ts'

type Schema = ElicitRequestFormParams['requestedSchema']

/** Whether the one who calls may decide. */
export function mayDecide(actor: Caller): boolean {
  try {
    requireScope(actor, 'approvals:write')
    return true
  } catch {
    return false
  }
}

/** What its client shows a person to have an approval decided; null where the protocol has no words for it. */
export function elicitation({ kind, message, tool, input, form }: Approval): ElicitRequestFormParams | null {
  if (kind !== 'approval' && kind !== 'question') return null
  const fields = form === null ? noFields : flatForm(form)
  if (!fields) return null
  const isQuestion = kind === 'question'
  return {
    message: isQuestion ? message : `${message}\n\n${tool} ${JSON.stringify(input)}`,
    requestedSchema: isQuestion && form === null ? freeAnswer : fields,
  }
}

const noFields: Schema = { type: 'object', properties: {} }
const freeAnswer: Schema = {
  type: 'object',
  properties: { answer: { type: 'string', title: 'Answer' } },
  required: ['answer'],
}
const simple = new Set(['string', 'number', 'integer', 'boolean'])

/** Forms of this protocol have no fields within fields. */
function flatForm(form: { [key: string]: Json }): Schema | null {
  const { properties } = form
  if (form.type !== 'object' || !isJsonObject(properties)) return null
  const isFlat = Object.values(properties).every(
    field => isJsonObject(field) && typeof field.type === 'string' && simple.has(field.type),
  )
  // Safe: what was just looked at is all that the type asks for.
  return isFlat ? (form as unknown as Schema) : null
}

/**
 * Writes down what a person has answered. Who closes the form without an answer has decided nothing.
 * @param answer as the client sends it
 * @throws AppError invalid_request where it does not fit
 */
export async function decide(app: AppContext, actor: Caller, approval: Approval, answer: unknown): Promise<void> {
  const decision = decisionOf(approval, answer)
  if (!decision) return
  requireScope(actor, 'approvals:write')
  try {
    await resolveApproval(app, actor, approval.id, decision)
  } catch (error) {
    // Somebody else was quicker.
    if (!(error instanceof AppError && error.code === 'conflict')) throw error
  }
}

function decisionOf({ kind, form }: Approval, answer: unknown): Decision | null {
  if (typeof answer !== 'object' || answer === null || !('action' in answer)) return null
  // What was parsed from a body is JSON.
  const content = 'content' in answer ? ((answer.content ?? {}) as Json) : {}
  switch (answer.action) {
    case 'accept':
      if (kind === 'question') return { action: 'done', output: form === null ? free(content) : content }
      return { action: 'approve', ...(form !== null && { answer: content }) }
    case 'decline':
      return { action: 'deny', reason: 'No reason was given.' }
    default:
      return null
  }
}

const free = (content: Json): Json => (isJsonObject(content) ? (content.answer ?? '') : content)
