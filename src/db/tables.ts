import { sql } from 'drizzle-orm'
import { agentTables } from './agent-tables.ts'
import type { Kit } from './kit.ts'
import { memoryTables } from './memory-tables.ts'
import { operateTables } from './operate-tables.ts'
import { queueTables } from './queue-tables.ts'
import { scheduleTables } from './schedule-tables.ts'
import { spendingTables } from './spending-tables.ts'

/** Every table, defined once for both engines. `tenant_id` is in each of them; checks hold what no writer may break. */
export const tables = (kit: Kit) => {
  const { table, text, int, real, time, json, index, uniqueIndex, check, primaryKey } = kit
  const tenantId = () => text('tenant_id').notNull().default('default')

  const agents = table(
    'agents',
    {
      tenantId: tenantId(),
      name: text('name').notNull(),
      /** builtin | file | api */
      source: text('source').notNull(),
      /** The version new runs take. */
      version: int('version').notNull(),
      createdAt: time('created_at').notNull(),
      updatedAt: time('updated_at').notNull(),
      archivedAt: time('archived_at'),
    },
    t => [primaryKey({ columns: [t.tenantId, t.name] })],
  )

  const agentVersions = table(
    'agent_versions',
    {
      tenantId: tenantId(),
      name: text('name').notNull(),
      version: int('version').notNull(),
      digest: text('digest').notNull(),
      definition: json('definition').notNull(),
      createdAt: time('created_at').notNull(),
    },
    t => [primaryKey({ columns: [t.tenantId, t.name, t.version] })],
  )

  const threads = table(
    'threads',
    {
      id: text('id').primaryKey(),
      tenantId: tenantId(),
      metadata: json('metadata').notNull(),
      /** What was said until `summary_position`, in short. */
      summary: text('summary'),
      summaryPosition: int('summary_position'),
      createdAt: time('created_at').notNull(),
      updatedAt: time('updated_at').notNull(),
      /** Null: it is kept. */
      expiresAt: time('expires_at'),
    },
    t => [
      index('threads_by_tenant').on(t.tenantId, t.id),
      index('threads_to_expire').on(t.expiresAt).where(sql`expires_at is not null`),
    ],
  )

  const messages = table(
    'messages',
    {
      id: text('id').primaryKey(),
      tenantId: tenantId(),
      threadId: text('thread_id').notNull(),
      /** Place in the thread, from 1, without gaps. */
      position: int('position').notNull(),
      runId: text('run_id'),
      /** system | user | assistant | tool */
      role: text('role').notNull(),
      content: json('content').notNull(),
      createdAt: time('created_at').notNull(),
    },
    t => [uniqueIndex('messages_in_order').on(t.threadId, t.position)],
  )

  const runs = table(
    'runs',
    {
      id: text('id').primaryKey(),
      tenantId: tenantId(),
      agent: text('agent').notNull(),
      agentVersion: int('agent_version').notNull(),
      threadId: text('thread_id'),
      jobId: text('job_id').notNull(),
      /** queued | running | waiting | completed | failed | cancelled */
      status: text('status').notNull(),
      input: json('input').notNull(),
      output: json('output'),
      error: json('error'),
      inputTokens: int('input_tokens').notNull(),
      outputTokens: int('output_tokens').notNull(),
      costUsd: real('cost_usd'),
      attempt: int('attempt').notNull(),
      maxAttempts: int('max_attempts').notNull(),
      timeoutSeconds: int('timeout_seconds'),
      metadata: json('metadata').notNull(),
      /** {url, events, secret}: where the run tells what becomes of it; its secret is sealed. */
      webhook: json('webhook'),
      /** W3C traceparent, and tracestate behind a space, of what made it, where that is traced. */
      traceParent: text('trace_parent'),
      /** [{name, description, input_schema}]: tools that its caller runs. */
      callerTools: json('caller_tools'),
      /** JSON Schema of what its output has to fit, instead of its agent's. */
      outputSchema: json('output_schema'),
      /** [{step, tool_call_id, name, input}]: calls of such tools that it waits for. */
      toolCalls: json('tool_calls'),
      /** The run whose tool call this one is. */
      parentRunId: text('parent_run_id'),
      /** The key it was made with; null: none was asked for. */
      keyId: text('key_id'),
      /** The schedule that made it. */
      scheduleId: text('schedule_id'),
      /** The conversation it belongs to where its client keeps those itself, by the client's own name. */
      chat: text('chat'),
      /** {max_tokens, max_cost_usd, max_steps, max_seconds}: what it may take by itself. */
      budget: json('budget'),
      /** {temperature, top_p, max_output_tokens, stop, tool_choice}: instead of what its agent says. */
      settings: json('settings'),
      /** Null unless it waits. */
      waitingSince: time('waiting_since'),
      /** Milliseconds that it has waited for others, which count for no time limit. */
      waitedMs: int('waited_ms').notNull().default(0),
      createdAt: time('created_at').notNull(),
      startedAt: time('started_at'),
      finishedAt: time('finished_at'),
    },
    t => [
      index('runs_by_tenant').on(t.tenantId, t.id),
      index('runs_by_status').on(t.tenantId, t.status, t.id),
      index('runs_by_agent').on(t.tenantId, t.agent, t.id),
      index('runs_by_thread').on(t.threadId, t.id).where(sql`thread_id is not null`),
      index('runs_by_chat').on(t.tenantId, t.chat, t.id).where(sql`chat is not null`),
      check(
        'run_finished_iff_final',
        sql`(status in ('completed', 'failed', 'cancelled')) = (finished_at is not null)`,
      ),
    ],
  )

  const runEvents = table(
    'run_events',
    {
      runId: text('run_id').notNull(),
      /** From 1, without gaps. */
      seq: int('seq').notNull(),
      tenantId: tenantId(),
      type: text('type').notNull(),
      data: json('data').notNull(),
      createdAt: time('created_at').notNull(),
    },
    t => [primaryKey({ columns: [t.runId, t.seq] })],
  )

  const idempotencyKeys = table(
    'idempotency_keys',
    {
      tenantId: tenantId(),
      key: text('key').notNull(),
      /** SHA-256 of the request's body in canonical form. */
      requestDigest: text('request_digest').notNull(),
      runId: text('run_id').notNull(),
      createdAt: time('created_at').notNull(),
    },
    t => [primaryKey({ columns: [t.tenantId, t.key] }), index('idempotency_keys_to_prune').on(t.createdAt)],
  )

  return {
    agents,
    agentVersions,
    threads,
    messages,
    runs,
    runEvents,
    ...queueTables(kit),
    idempotencyKeys,
    ...scheduleTables(kit),
    ...agentTables(kit),
    ...memoryTables(kit),
    ...spendingTables(kit),
    ...operateTables(kit),
  }
}

export type Tables = ReturnType<typeof tables>
