import { type Static, t } from 'elysia'
import type { AgentRecord, ToolRecord } from '../agents/record.ts'
import { LimitsBody, LimitsObject } from '../budgets/limits-body.ts'
import type { Listing } from '../http/cursor.ts'
import { integer } from '../http/integer.ts'
import { oneOf } from '../http/one-of.ts'
import { maxOutputTokens, stop, temperature, toolChoice, topP } from '../runs/settings-body.ts'
import type { Agent } from './agent-row.ts'
import { McpBody, mcpRecords } from './mcp-wire.ts'
import { ToolsBody } from './tool-wire.ts'

const closed = { additionalProperties: false }
const name = t.String({ pattern: '^[a-z0-9][a-z0-9_-]{0,63}$', description: 'Lower-case letters, digits, - and _.' })

const historyFields = {
  max_messages: t.Optional(integer({ minimum: 1, maximum: 1_000, description: 'Default 200.' })),
  max_tokens: t.Optional(
    integer({
      minimum: 100,
      maximum: 10_000_000,
      description: 'At four characters a token. Default: three quarters of what the model takes, where that is known.',
    }),
  ),
  summarize: t.Optional(
    t.Boolean({ description: 'What no longer fits is summed up by the model and kept. Default: it is left out.' }),
  ),
}

const settings = {
  description: t.Optional(t.Nullable(t.String({ maxLength: 1_000, description: 'What it is for.' }))),
  model: t.String({ pattern: '^[^/\\s]+/\\S+$', description: 'provider/model', examples: ['openai/gpt-5-mini'] }),
  instructions: t.Optional(
    t.Nullable(t.String({ maxLength: 200_000, description: 'What the model is told before any message.' })),
  ),
  max_steps: t.Optional(
    t.Nullable(integer({ minimum: 1, maximum: 1_000, description: 'Model calls in one run; default 16.' })),
  ),
  tools: t.Optional(ToolsBody),
  mcp: t.Optional(McpBody),
  temperature: t.Optional(t.Nullable(temperature)),
  max_output_tokens: t.Optional(t.Nullable(maxOutputTokens)),
  top_p: t.Optional(t.Nullable(topP)),
  stop: t.Optional(t.Nullable(stop)),
  tool_choice: t.Optional(t.Nullable(toolChoice)),
  fallback_models: t.Optional(
    t.Nullable(
      t.Array(t.String({ pattern: '^[^/\\s]+/\\S+$' }), {
        maxItems: 8,
        description: 'Models to ask, in this order, where the one before answers nothing.',
      }),
    ),
  ),
  output_schema: t.Optional(
    t.Nullable(t.Record(t.String(), t.Any(), { description: 'JSON Schema that answers have to fit. Null: any text.' })),
  ),
  budget: t.Optional(t.Nullable({ ...LimitsBody, description: 'What each of its runs may take. Null: anything.' })),
  history: t.Optional(
    t.Nullable(
      t.Object(historyFields, {
        ...closed,
        description:
          'What of a thread a run is given: the newest messages that fit, and what came before them in short.',
      }),
    ),
  ),
  memory: t.Optional(
    t.Nullable(
      t.String({
        minLength: 1,
        maxLength: 256,
        description:
          'Namespace of the store for memory_search and memory_write, with {agent}, {thread_id} and {metadata.…} filled in. Default agents/{agent}.',
        examples: ['users/{metadata.user}'],
      }),
    ),
  ),
  agents: t.Optional(
    t.Nullable(t.Array(name, { maxItems: 32, description: 'Agents that it may call, by the tool call_agent.' })),
  ),
  prompt_cache: t.Optional(
    t.Nullable(
      t.Boolean({
        description: 'Providers are asked to keep what prompts have in common, where they do that only when asked.',
      }),
    ),
  ),
}

export const AgentBody = t.Object(
  { name, ...settings },
  {
    ...closed,
    title: 'NewAgent',
    examples: [{ name: 'greeter', model: 'builtin/echo', instructions: 'Be kind.' }],
  },
)

/** A new version: what is left out is as in the version before. */
export const AgentPatch = t.Object(
  { ...settings, model: t.Optional(settings.model) },
  { ...closed, minProperties: 1, title: 'AgentChange', examples: [{ instructions: 'Be brief.' }] },
)

export const RollbackBody = t.Object(
  { version: integer({ minimum: 1, maximum: 2_147_483_647, description: 'The version to go back to.' }) },
  { ...closed, title: 'Rollback', examples: [{ version: 1 }] },
)

const exampleDefinition = {
  name: 'greeter',
  description: null,
  model: 'builtin/echo',
  instructions: 'Be kind.',
  tools: [],
  max_steps: null,
  temperature: null,
  max_output_tokens: null,
}
const created_at = '2026-11-23T23:39:29.228Z'

const definition = {
  description: t.Nullable(t.String()),
  model: t.String(),
  instructions: t.Nullable(t.String()),
  tools: t.Array(
    t.Object(
      {
        name: t.String(),
        description: t.String(),
        input_schema: t.Any({ description: 'JSON Schema.' }),
        effect: t.String({ description: 'none, idempotent or once: what calling it twice would do.' }),
        timeout_seconds: t.Number(),
        builtin: t.Optional(t.Literal(true, { description: 'One of the service’s own.' })),
        http: t.Optional(t.Any({ description: 'The request that it is.' })),
        approval: t.Optional(
          t.Any({ description: 'A person has to agree first: its deadline, and what happens then.' }),
        ),
      },
      { title: 'Tool' },
    ),
    { description: 'What the model may call.' },
  ),
  max_steps: t.Nullable(integer()),
  temperature: t.Nullable(t.Number()),
  max_output_tokens: t.Nullable(integer()),
  top_p: t.Optional(t.Nullable(t.Number())),
  stop: t.Optional(t.Nullable(t.Array(t.String()))),
  tool_choice: t.Optional(t.Any()),
  fallback_models: t.Optional(t.Nullable(t.Array(t.String()))),
  output_schema: t.Optional(t.Any({ description: 'JSON Schema that answers have to fit.' })),
  mcp: t.Optional(t.Any({ description: 'MCP servers whose tools it has.' })),
  budget: t.Optional(t.Nullable(LimitsObject)),
  history: t.Optional(t.Nullable(t.Object(historyFields))),
  memory: t.Optional(t.Nullable(t.String())),
  agents: t.Optional(t.Nullable(t.Array(t.String()))),
  prompt_cache: t.Optional(t.Nullable(t.Boolean())),
}

export const AgentObject = t.Object(
  {
    name: t.String(),
    object: t.Literal('agent'),
    source: oneOf(['builtin', 'file', 'api'], { description: 'Only agents made over the API can be changed over it.' }),
    version: integer({ description: 'The version that new runs take.' }),
    ...definition,
    created_at: t.String({ format: 'date-time' }),
    updated_at: t.String({ format: 'date-time' }),
  },
  {
    title: 'Agent',
    description: 'A definition: model, instructions, tools, limits.',
    examples: [
      { ...exampleDefinition, object: 'agent', source: 'api', version: 1, created_at, updated_at: created_at },
    ],
  },
)

export const VersionObject = t.Object(
  {
    name: t.String(),
    object: t.Literal('agent_version'),
    version: integer(),
    ...definition,
    created_at: t.String({ format: 'date-time' }),
  },
  {
    title: 'AgentVersion',
    description: 'A definition as it was.',
    examples: [{ ...exampleDefinition, object: 'agent_version', version: 1, created_at }],
  },
)

export const newRecord = (body: Static<typeof AgentBody>, tools: ToolRecord[]): AgentRecord => ({
  name: body.name,
  description: body.description ?? null,
  model: body.model,
  instructions: body.instructions ?? null,
  tools,
  max_steps: body.max_steps ?? null,
  temperature: body.temperature ?? null,
  max_output_tokens: body.max_output_tokens ?? null,
  ...(body.top_p != null && { top_p: body.top_p }),
  ...(body.stop && { stop: body.stop }),
  ...(body.tool_choice && { tool_choice: body.tool_choice }),
  ...(body.fallback_models && { fallback_models: body.fallback_models }),
  ...(body.output_schema && { output_schema: body.output_schema }),
  ...(body.mcp && body.mcp.length > 0 && { mcp: mcpRecords(body.mcp) }),
  ...(body.budget && { budget: body.budget }),
  ...(body.history && { history: body.history }),
  ...(body.memory && { memory: body.memory }),
  ...(body.agents && body.agents.length > 0 && { agents: body.agents }),
  ...(body.prompt_cache && { prompt_cache: true }),
})

export const agentToWire = (agent: Agent) => ({
  ...agent.record,
  object: 'agent' as const,
  source: agent.source,
  version: agent.version,
  created_at: new Date(agent.createdAt).toISOString(),
  updated_at: new Date(agent.updatedAt).toISOString(),
})

export const versionToWire = ({
  version,
  record,
  createdAt,
}: {
  version: number
  record: AgentRecord
  createdAt: number
}) => ({
  ...record,
  object: 'agent_version' as const,
  version,
  created_at: new Date(createdAt).toISOString(),
})

export const agentList: Listing<Agent> = {
  name: 'agents',
  position: agent => agent.name,
  pattern: /^[a-z0-9][a-z0-9_-]{0,63}$/,
}

export const versionList = (agent: string): Listing<{ version: number }> => ({
  name: `versions ${agent}`,
  position: ({ version }) => String(version),
  pattern: /^\d{1,9}$/,
})
