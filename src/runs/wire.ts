import { type Static, t } from 'elysia'
import { integer } from '../http/integer.ts'
import { oneOf } from '../http/one-of.ts'
import type { RunInput } from './create-run.ts'
import type { RunEvent } from './event.ts'
import { type Run, runUsage } from './run.ts'

const closed = { additionalProperties: false }
const time = (description: string) => t.String({ format: 'date-time', description })

export const MessageBody = t.Object(
  {
    role: oneOf(['system', 'user', 'assistant']),
    content: t.Union([
      t.String(),
      t.Array(t.Object({ type: t.Literal('text'), text: t.String() }, closed), { minItems: 1 }),
    ]),
  },
  closed,
)

export const Metadata = t.Record(t.String({ maxLength: 64 }), t.Any(), {
  description: 'Any JSON of your own, stored with the object and shown again.',
})

export const RunBody = t.Object(
  {
    agent: t.String({ minLength: 1, maxLength: 64, examples: ['echo'] }),
    input: t.Union([t.String({ minLength: 1 }), t.Array(MessageBody, { minItems: 1 })], {
      description: 'What to answer: a text, or messages.',
      examples: ['hello'],
    }),
    thread_id: t.Optional(t.String({ description: 'The conversation this run reads and adds to.' })),
    metadata: t.Optional(Metadata),
    delay_seconds: t.Optional(t.Number({ minimum: 0, maximum: 31_536_000, description: 'Start no sooner than that.' })),
    timeout_seconds: t.Optional(
      integer({
        minimum: 1,
        maximum: 604_800,
        description: 'Fail the run when it takes longer, counted from its first start.',
      }),
    ),
    max_attempts: t.Optional(integer({ minimum: 1, maximum: 100, default: 5 })),
    on_busy: t.Optional(
      oneOf(['enqueue', 'reject', 'interrupt'], {
        default: 'enqueue',
        description: 'When the thread has an unfinished run: wait for it, answer 409, or cancel it.',
      }),
    ),
  },
  {
    ...closed,
    examples: [{ agent: 'echo', input: 'hello' }],
  },
)

/** The request's words as the verb's. */
export const runInput = (body: Static<typeof RunBody>): RunInput => ({
  agent: body.agent,
  input: body.input,
  threadId: body.thread_id,
  metadata: body.metadata,
  delaySeconds: body.delay_seconds,
  timeoutSeconds: body.timeout_seconds,
  maxAttempts: body.max_attempts,
  onBusy: body.on_busy,
})

export const RunStatusSchema = oneOf(['queued', 'running', 'waiting', 'completed', 'failed', 'cancelled'])

const UsageObject = t.Object({
  input_tokens: integer(),
  output_tokens: integer(),
  total_tokens: integer(),
  cost_usd: t.Nullable(t.Number({ description: 'Null where the price of the model is not known.' })),
})

export const RunObject = t.Object(
  {
    id: t.String({ examples: ['run_019aaf5c7d3e7000b3c1a2f4e5d60718'] }),
    object: t.Literal('run'),
    agent: t.String(),
    agent_version: integer(),
    thread_id: t.Nullable(t.String()),
    status: RunStatusSchema,
    input: t.Any({ description: 'As it was sent.' }),
    output: t.Any({ description: 'The answer; null until completed.' }),
    error: t.Nullable(t.Object({ code: t.String(), message: t.String() })),
    usage: UsageObject,
    attempt: integer({ description: 'Number of the present or last attempt, 0 before the first.' }),
    metadata: t.Any(),
    created_at: time('When it was stored.'),
    started_at: t.Nullable(time('When its first attempt began.')),
    finished_at: t.Nullable(time('When it became completed, failed or cancelled.')),
  },
  { description: 'One execution of an agent.' },
)

export const EventObject = t.Object({
  run_id: t.String(),
  seq: integer({ description: 'From 1, without gaps.' }),
  type: t.String({ examples: ['text.delta'] }),
  data: t.Any(),
  created_at: time('When it happened.'),
})

const iso = (ms: number): string => new Date(ms).toISOString()
const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms))

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
  usage: { ...runUsage(run), cost_usd: run.costUsd },
  attempt: run.attempt,
  metadata: run.metadata,
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
