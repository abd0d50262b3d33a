import { sql } from 'drizzle-orm'
import type { Kit } from './kit.ts'

/** What runs wait for, and what agents keep. */
export const agentTables = (kit: Kit) => {
  const { table, text, int, time, json, index, uniqueIndex, check, primaryKey } = kit
  const tenantId = () => text('tenant_id').notNull().default('default')

  /** One tool call that somebody else has to decide on, or to run. */
  const approvals = table(
    'approvals',
    {
      id: text('id').primaryKey(),
      tenantId: tenantId(),
      runId: text('run_id').notNull(),
      threadId: text('thread_id'),
      agent: text('agent').notNull(),
      /** approval | in_doubt | question | client_tool | child_run */
      kind: text('kind').notNull(),
      step: int('step').notNull(),
      toolCallId: text('tool_call_id').notNull(),
      tool: text('tool').notNull(),
      input: json('input').notNull(),
      message: text('message').notNull(),
      /** JSON Schema of what is to be filled in. */
      form: json('form'),
      /** pending | resolved | expired | cancelled */
      state: text('state').notNull(),
      /** {action, …} as src/agents/wait.ts has it; null until it is decided. */
      decision: json('decision'),
      /** A key's id, `operator`, or `system`. */
      resolvedBy: text('resolved_by'),
      expiresAt: time('expires_at'),
      /** approve | deny | fail */
      onDeadline: text('on_deadline').notNull(),
      remindEverySeconds: int('remind_every_seconds'),
      remindAt: time('remind_at'),
      createdAt: time('created_at').notNull(),
      resolvedAt: time('resolved_at'),
      /** Of `child_run`: the run whose end is waited for. */
      childRunId: text('child_run_id'),
    },
    t => [
      index('approvals_by_tenant').on(t.tenantId, t.state, t.id),
      index('approvals_by_run').on(t.runId, t.id),
      uniqueIndex('approvals_of_calls').on(t.runId, t.step).where(sql`state = 'pending'`),
      check('approval_resolved_iff_not_pending', sql`(state = 'pending') = (resolved_at is null)`),
    ],
  )

  /** What HTTP tools are given by name. */
  const secrets = table(
    'secrets',
    {
      tenantId: tenantId(),
      name: text('name').notNull(),
      /** Sealed (src/secrets/seal.ts). */
      value: text('value').notNull(),
      createdAt: time('created_at').notNull(),
      updatedAt: time('updated_at').notNull(),
    },
    t => [primaryKey({ columns: [t.tenantId, t.name] })],
  )

  return { approvals, secrets }
}
