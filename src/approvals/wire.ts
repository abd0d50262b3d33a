import { type Static, t } from 'elysia'
import { type Decision, deadlineActions, waitKinds } from '../agents/wait.ts'
import { invalidField } from '../errors.ts'
import type { Listing } from '../http/cursor.ts'
import { integer } from '../http/integer.ts'
import { iso, isoOrNull } from '../http/iso-time.ts'
import { oneOf } from '../http/one-of.ts'
import { type Approval, approvalStates } from './approval.ts'

const closed = { additionalProperties: false }
const id = 'apr_01a20ac7643c74ff917af328c26df1fb'
const example = {
  id,
  object: 'approval',
  kind: 'approval',
  state: 'pending',
  run_id: 'run_01a20ac7640d7178935b43cbf4c72841',
  thread_id: null,
  agent: 'clerk',
  step: 2,
  tool_call_id: 'call_1',
  tool: 'refund',
  input: { order: 42, amount: 12.5 },
  message: 'Refund 12.50 for order 42?',
  form: null,
  decision: null,
  resolved_by: null,
  on_deadline: 'deny',
  expires_at: '2026-11-24T23:39:29.171Z',
  created_at: '2026-11-23T23:39:29.171Z',
  resolved_at: null,
}

const actions = ['approve', 'deny', 'fail', 'done', 'run_again'] as const

export const KindSchema = oneOf([...waitKinds], {
  description:
    'approval: a person is to agree to a tool call. in_doubt: a call that must not be repeated may have happened, and a person is to say. question: the agent asks. client_tool: the caller of the run runs the tool. child_run: another agent is at work.',
})
export const StateSchema = oneOf([...approvalStates], { description: 'All but pending are final.' })

export const ApprovalObject = t.Object(
  {
    id: t.String(),
    object: t.Literal('approval'),
    kind: KindSchema,
    state: StateSchema,
    run_id: t.String(),
    thread_id: t.Nullable(t.String()),
    agent: t.String(),
    step: integer({ description: 'Of the run.' }),
    tool_call_id: t.String(),
    tool: t.String({ description: 'Name of the tool.' }),
    input: t.Any({ description: 'What the model wants to call it with.' }),
    message: t.String({ description: 'For the person who decides.' }),
    form: t.Nullable(t.Any({ description: 'JSON Schema of what is to be filled in. Null: nothing.' })),
    decision: t.Nullable(t.Any({ description: 'What was decided, with its `action`.' })),
    resolved_by: t.Nullable(
      t.String({ description: 'Id of a key, `operator`, or `system` where its time was up or its run ended.' }),
    ),
    on_deadline: oneOf([...deadlineActions], { description: 'What happens when nobody has decided by then.' }),
    expires_at: t.Nullable(t.String({ format: 'date-time', description: 'Null: it waits for as long as it takes.' })),
    created_at: t.String({ format: 'date-time' }),
    resolved_at: t.Nullable(t.String({ format: 'date-time' })),
  },
  { title: 'Approval', description: 'A tool call that waits for somebody.', examples: [example] },
)

export const DecisionBody = t.Object(
  {
    action: oneOf([...actions], {
      description:
        'approve or deny a call; done (with `output`): it has happened, or this is the answer; run_again: it has not happened; fail: end the run.',
    }),
    input: t.Optional(t.Any({ description: 'To approve: what the tool is to get instead.' })),
    answer: t.Optional(t.Any({ description: 'To approve: what the form asks for.' })),
    output: t.Optional(t.Any({ description: 'Of done: what came of the call, or the answer.' })),
    reason: t.Optional(t.String({ maxLength: 2_000, description: 'To deny or fail: why, for the model and the log.' })),
  },
  { ...closed, title: 'Decision', examples: [{ action: 'approve' }] },
)

export const ToolResultsBody = t.Object(
  {
    results: t.Array(
      t.Object(
        {
          tool_call_id: t.String(),
          output: t.Any({ description: 'A text, or any JSON.' }),
          is_error: t.Optional(t.Boolean({ default: false, description: 'The output says what went wrong.' })),
        },
        closed,
      ),
      { minItems: 1, maxItems: 128 },
    ),
  },
  {
    ...closed,
    title: 'ToolResults',
    description: 'What came of calls that the run waits for.',
    examples: [{ results: [{ tool_call_id: 'call_1', output: { temperature: 21 } }] }],
  },
)

/** @throws AppError invalid_request for a field that the action has no use for */
export function decisionOf(body: Static<typeof DecisionBody>): Decision {
  const { action, input, answer, output, reason } = body
  const given = { input, answer, output, reason }
  const uses: Record<string, (keyof typeof given)[]> = {
    approve: ['input', 'answer'],
    done: ['output'],
    deny: ['reason'],
    fail: ['reason'],
    run_again: [],
  }
  for (const [field, value] of Object.entries(given)) {
    const isUsed = uses[action]?.some(used => used === field)
    if (value !== undefined && !isUsed) throw invalidField(`/${field}`, `With ${action} it says nothing.`)
  }
  switch (action) {
    case 'approve':
      return { action, ...(input !== undefined && { input }), ...(answer !== undefined && { answer }) }
    case 'done':
      if (output === undefined) throw invalidField('/output', 'Say what came of it.')
      return { action, output }
    case 'deny':
      return { action, reason: reason ?? 'No reason was given.' }
    case 'fail':
      return { action, reason: reason ?? 'Somebody has decided that the run ends here.' }
    case 'run_again':
      return { action }
  }
}

export const approvalToWire = (approval: Approval) => ({
  id: approval.id,
  object: 'approval' as const,
  kind: approval.kind,
  state: approval.state,
  run_id: approval.runId,
  thread_id: approval.threadId,
  agent: approval.agent,
  step: approval.step,
  tool_call_id: approval.toolCallId,
  tool: approval.tool,
  input: approval.input,
  message: approval.message,
  form: approval.form,
  decision: approval.decision,
  resolved_by: approval.resolvedBy,
  on_deadline: approval.onDeadline,
  expires_at: isoOrNull(approval.expiresAt),
  created_at: iso(approval.createdAt),
  resolved_at: isoOrNull(approval.resolvedAt),
})

export const approvalList: Listing<Approval> = {
  name: 'approvals',
  position: approval => approval.id,
  pattern: /^apr_[0-9a-f]{32}$/,
}
