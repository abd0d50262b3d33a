import type { AgentDefinition, ToolEffect } from './define.ts'
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
  /** Only where answers have to fit one. */
  output_schema?: PlainJsonSchema | null
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
    ...(output && { output_schema: output }),
  }
}

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
