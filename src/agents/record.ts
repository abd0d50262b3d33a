import type { AgentDefinition, HistoryRule, RunBudget, ToolEffect } from './define.ts'
import type { Limits } from './limits.ts'
import { type McpRecord, mcpRecord, mcpServer } from './mcp-server.ts'
import type { ToolChoice } from './models/settings.ts'
import type { LoadedApproval } from './tools/approval.ts'
import type { HttpRequestRecord } from './tools/http-request.ts'
import type { PlainJsonSchema } from './tools/schema.ts'
import type { LoadedTool } from './tools/tool.ts'
import type { DeadlineAction } from './wait.ts'

/** What makes a version of an agent, as it is stored and shown: plain JSON, null for what the definition leaves out. */
export type AgentRecord = {
  name: string
  description: string | null
  /** `provider/model` */
  model: string
  instructions: string | null
  tools: ToolRecord[]
  max_steps: number | null
  temperature: number | null
  max_output_tokens: number | null
  /** These three, and the models, only where something is said. */
  top_p?: number | null
  stop?: string[] | null
  tool_choice?: ToolChoice | null
  fallback_models?: string[] | null
  /** Only where answers have to fit one. */
  output_schema?: PlainJsonSchema | null
  /** Only where it has some. */
  mcp?: McpRecord[] | null
  /** Only where its runs have one. */
  budget?: Limits | null
  /** These four only where something is said. */
  history?: HistoryRecord | null
  memory?: string | null
  agents?: string[] | null
  prompt_cache?: boolean | null
}

export type HistoryRecord = {
  max_messages?: number
  max_tokens?: number
  summarize?: boolean
}

export type ToolRecord = {
  name: string
  description: string
  input_schema: PlainJsonSchema
  effect: ToolEffect
  timeout_seconds: number
  /** It is one of the service's own. */
  builtin?: true
  /** It is a request over HTTP. Without this and `builtin` it is code of an agent file. */
  http?: HttpRequestRecord
  /** Only where a person has to agree first. */
  approval?: ApprovalRecord
}

/** What a rule says; which calls it is for may be code. */
export type ApprovalRecord = {
  form: PlainJsonSchema | null
  deadline_seconds: number | null
  on_deadline: DeadlineAction
  remind_every_seconds: number | null
  holds_thread: boolean
}

/** @param output JSON Schema of what its answers have to fit */
export function agentRecord(
  definition: AgentDefinition,
  tools: ReadonlyMap<string, LoadedTool>,
  output?: PlainJsonSchema,
): AgentRecord {
  const { model } = definition
  return {
    name: definition.name,
    description: definition.description ?? null,
    model: typeof model === 'string' ? model : `${model.provider}/${model.modelId}`,
    instructions: definition.instructions ?? null,
    tools: [...tools.values()].map(toolRecord),
    max_steps: definition.maxSteps ?? null,
    temperature: definition.temperature ?? null,
    max_output_tokens: definition.maxOutputTokens ?? null,
    ...(definition.topP !== undefined && { top_p: definition.topP }),
    ...(definition.stop && { stop: definition.stop }),
    ...(definition.toolChoice && { tool_choice: definition.toolChoice }),
    ...(definition.fallbackModels && { fallback_models: definition.fallbackModels }),
    ...(output && { output_schema: output }),
    ...(definition.mcp && { mcp: definition.mcp.map(server => mcpRecord(mcpServer(server))) }),
    ...(definition.budget && { budget: limitsOf(definition.budget) }),
    ...(definition.history && { history: historyOf(definition.history) }),
    ...(definition.memory !== undefined && { memory: definition.memory }),
    ...(definition.agents && definition.agents.length > 0 && { agents: definition.agents }),
    ...(definition.promptCache && { prompt_cache: true }),
  }
}

const historyOf = ({ maxMessages, maxTokens, summarize }: HistoryRule): HistoryRecord => ({
  ...(maxMessages !== undefined && { max_messages: maxMessages }),
  ...(maxTokens !== undefined && { max_tokens: maxTokens }),
  ...(summarize !== undefined && { summarize }),
})

const limitsOf = ({ maxTokens, maxCostUsd, maxSteps, maxSeconds }: RunBudget): Limits => ({
  ...(maxTokens !== undefined && { max_tokens: maxTokens }),
  ...(maxCostUsd !== undefined && { max_cost_usd: maxCostUsd }),
  ...(maxSteps !== undefined && { max_steps: maxSteps }),
  ...(maxSeconds !== undefined && { max_seconds: maxSeconds }),
})

const toolRecord = (tool: LoadedTool): ToolRecord => ({
  name: tool.name,
  description: tool.description,
  input_schema: tool.schema.jsonSchema,
  effect: tool.effect,
  timeout_seconds: tool.timeoutSeconds,
  ...(tool.isBuiltin && { builtin: true as const }),
  ...(tool.approval && !tool.isBuiltin && { approval: approvalRecord(tool.approval) }),
})

const approvalRecord = (rule: LoadedApproval): ApprovalRecord => ({
  form: rule.form,
  deadline_seconds: rule.deadlineSeconds,
  on_deadline: rule.onDeadline,
  remind_every_seconds: rule.remindEverySeconds,
  holds_thread: rule.holdsThread,
})

/** SHA-256 in hex. The order of keys does not count, so a record read back from a database has the digest it was stored under. */
export const agentDigest = (record: AgentRecord): string =>
  new Bun.CryptoHasher('sha256').update(JSON.stringify(record, sortKeys)).digest('hex')

function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}
