import { type Static, t } from 'elysia'
import { LimitsBody } from '../budgets/limits-body.ts'
import { FileParts } from '../files/wire.ts'
import type { Listing } from '../http/cursor.ts'
import { integer } from '../http/integer.ts'
import { iso, isoOrNull } from '../http/iso-time.ts'
import { oneOf } from '../http/one-of.ts'
import { nameText } from '../http/params.ts'
import type { RunInput } from './create-run.ts'
import type { RunEvent } from './event.ts'
import { completedRun, textEvent } from './examples.ts'
import { type Run, runUsage } from './run.ts'
import { SettingsBody } from './settings-body.ts'
import { givenWebhook, RunWebhookBody } from './webhook-body.ts'

const closed = { additionalProperties: false }
const time = (description: string) => t.String({ format: 'date-time', description })

export const MessageBody = t.Object(
  {
    role: oneOf(['system', 'user', 'assistant']),
    content: t.Union(
      [
        t.String(),
        t.Array(t.Union([t.Object({ type: t.Literal('text'), text: t.String() }, closed), ...FileParts]), {
          minItems: 1,
          maxItems: 1_000,
        }),
      ],
      { description: 'A text, or parts that are texts and files.' },
    ),
  },
  {
    ...closed,
    title: 'NewMessage',
    description: 'A message as callers give it.',
    examples: [{ role: 'user', content: 'hello' }],
  },
)

export const Metadata = t.Record(t.String(), t.Any(), {
  description: 'Any JSON of your own, stored with the object and shown again.',
})

export const RunBody = t.Object(
  {
    agent: nameText({ minLength: 1, maxLength: 64, description: 'Name of the agent.', examples: ['echo'] }),
    input: t.Union([t.String({ minLength: 1 }), t.Array(MessageBody, { minItems: 1 })], {
      description: 'What to answer: a text, or messages.',
      examples: ['hello'],
    }),
    thread_id: t.Optional(nameText({ description: 'The conversation this run reads and adds to.' })),
    metadata: t.Optional(Metadata),
    webhook: t.Optional(RunWebhookBody),
    delay_seconds: t.Optional(t.Number({ minimum: 0, maximum: 31_536_000, description: 'Start no sooner than that.' })),
    timeout_seconds: t.Optional(
      integer({
        minimum: 1,
        maximum: 604_800,
        description: 'Fail the run when it takes longer, counted from its first start.',
      }),
    ),
    max_attempts: t.Optional(
      integer({ minimum: 1, maximum: 100, default: 5, description: 'How often to try, when tries fail.' }),
    ),
    tools: t.Optional(
      t.Array(
        t.Object(
          {
            name: t.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' }),
            description: t.String({ maxLength: 4_000 }),
            input_schema: t.Record(t.String(), t.Any(), { description: 'JSON Schema of type object.' }),
          },
          closed,
        ),
        {
          maxItems: 128,
          description:
            'Tools that you run: the run waits with the calls in `tool_calls` until `POST /v1/runs/{id}/tool-results`.',
        },
      ),
    ),
    output_schema: t.Optional(
      t.Record(t.String(), t.Any(), {
        description: 'JSON Schema that the output has to fit: it is JSON then. Instead of the agent’s own.',
      }),
    ),
    budget: t.Optional({
      ...LimitsBody,
      description:
        'What this run may take, instead of what its agent says. At a ceiling it fails with budget_exceeded.',
    }),
    settings: t.Optional(SettingsBody),
    on_busy: t.Optional(
      oneOf(['enqueue', 'reject', 'interrupt'], {
        default: 'enqueue',
        description: 'When the thread has an unfinished run: wait for it, answer 409, or cancel it.',
      }),
    ),
  },
  {
    ...closed,
    title: 'NewRun',
    description: 'What to run.',
    examples: [{ agent: 'echo', input: 'hello', metadata: { order: 42 } }],
  },
)

/** The request's words as the verb's. */
export const runInput = (body: Static<typeof RunBody>): RunInput => ({
  agent: body.agent,
  input: body.input,
  threadId: body.thread_id,
  metadata: body.metadata,
  webhook: body.webhook === undefined ? undefined : givenWebhook(body.webhook),
  delaySeconds: body.delay_seconds,
  timeoutSeconds: body.timeout_seconds,
  maxAttempts: body.max_attempts,
  onBusy: body.on_busy,
  tools: body.tools,
  outputSchema: body.output_schema,
  budget: body.budget,
  settings: body.settings,
})

export const RunStatusSchema = oneOf(['queued', 'running', 'waiting', 'completed', 'failed', 'cancelled'], {
  description: 'The last three are final.',
})

const UsageObject = t.Object(
  {
    input_tokens: integer(),
    output_tokens: integer(),
    total_tokens: integer(),
    cost_usd: t.Nullable(t.Number({ description: 'In US dollars; null where the price of a model is not known.' })),
  },
  { title: 'Usage', description: 'What the finished model calls of the run took.' },
)

export const RunObject = t.Object(
  {
    id: t.String(),
    object: t.Literal('run'),
    agent: t.String({ description: 'Name of the agent.' }),
    agent_version: integer({ description: 'The version it was made with, which it keeps.' }),
    thread_id: t.Nullable(t.String({ description: 'The conversation it is on.' })),
    status: RunStatusSchema,
    input: t.Any({ description: 'As it was sent.' }),
    output: t.Any({ description: 'The answer: a text, or JSON where it has to fit a schema; null until completed.' }),
    error: t.Nullable(
      t.Object(
        {
          code: t.String({
            description:
              'provider_error, timeout, step_limit, agent_unavailable, call_refused, output_invalid, budget_exceeded, tools_unavailable, worker_lost or internal.',
          }),
          message: t.String(),
        },
        { description: 'Why it failed; null unless it has.' },
      ),
    ),
    usage: UsageObject,
    tool_calls: t.Nullable(
      t.Array(
        t.Object({
          step: integer(),
          tool_call_id: t.String(),
          name: t.String(),
          input: t.Any(),
        }),
        { description: 'Calls of your own tools that it waits for; null: none.' },
      ),
    ),
    attempt: integer({ description: 'Number of the present or last attempt, 0 before the first.' }),
    metadata: t.Any({ description: 'As it was sent.' }),
    parent_run_id: t.Optional(t.String({ description: 'The run that has called this one’s agent.' })),
    created_at: time('When it was stored.'),
    started_at: t.Nullable(time('When its first attempt began.')),
    finished_at: t.Nullable(time('When it became completed, failed or cancelled.')),
  },
  { title: 'Run', description: 'One execution of an agent.', examples: [completedRun] },
)

export const EventObject = t.Object(
  {
    run_id: t.String(),
    seq: integer({ description: 'From 1, without gaps.' }),
    type: t.String({
      description:
        'run.created, run.started, step.started, text.delta, reasoning.delta, model.failed, tool.call, tool.progress, tool.effect, tool.result, step.completed, approval.requested, approval.reminded, approval.resolved, budget.warning, run.waiting, run.interrupted, run.retrying; and, as the last one, run.completed, run.failed or run.cancelled.',
    }),
    data: t.Any({ description: 'What the type says; the same as in a stream.' }),
    created_at: time('When it happened.'),
  },
  { title: 'Event', description: 'One entry of the log of a run.', examples: [textEvent] },
)

export const runToWire = (run: Run) => ({
  id: run.id,
  object: 'run' as const,
  agent: run.agent,
  agent_version: run.agentVersion,
  thread_id: run.threadId,
  status: run.status,
  input: run.input,
  output: run.output,
  error: run.error,
  usage: runUsage(run),
  tool_calls: run.toolCalls,
  attempt: run.attempt,
  metadata: run.metadata,
  ...(run.parentRunId !== null && { parent_run_id: run.parentRunId }),
  created_at: iso(run.createdAt),
  started_at: isoOrNull(run.startedAt),
  finished_at: isoOrNull(run.finishedAt),
})

export const eventToWire = (event: RunEvent) => ({
  run_id: event.runId,
  seq: event.seq,
  type: event.type as string,
  data: JSON.parse(event.data) as unknown,
  created_at: iso(event.createdAt),
})

export const runList: Listing<Run> = { name: 'runs', position: run => run.id, pattern: /^run_[0-9a-f]{32}$/ }
export const eventList: Listing<RunEvent> = {
  name: 'events',
  position: event => String(event.seq),
  pattern: /^\d{1,9}$/,
}
