import type { ToolContext, ToolDefinition, ToolEffect } from '../define.ts'
import { type LoadedApproval, loadApproval } from './approval.ts'
import { type ToolSchema, toolSchema } from './schema.ts'
import { thrownMessage } from './thrown.ts'

const defaultToolTimeoutSeconds = 60

/** A tool ready to be offered to a model and run. */
export interface LoadedTool {
  readonly name: string
  readonly description: string
  readonly schema: ToolSchema
  readonly effect: ToolEffect
  readonly timeoutSeconds: number
  /** Who does it: this service, a person (`ask_human`), the caller of the run, or another agent (`call_agent`). */
  readonly doneBy: 'service' | 'person' | 'caller' | 'agent'
  /** One of the service's own, known by its name. */
  readonly isBuiltin: boolean
  /** When somebody has to agree first, or, for one that a person does, how they are asked; null: never. */
  readonly approval: LoadedApproval | null
  /** Takes input that passed `schema`; whatever it returns is still to be checked. */
  run(input: unknown, context: ToolContext): unknown
}

/** @throws Error naming the tool when its input schema cannot be used */
export async function loadTool(definition: ToolDefinition): Promise<LoadedTool> {
  const { name, description, effect = 'none', timeoutSeconds = defaultToolTimeoutSeconds } = definition
  let schema: ToolSchema
  try {
    schema = await toolSchema(definition.input)
  } catch (error) {
    throw new Error(`tool "${name}": ${thrownMessage(error)}`, { cause: error })
  }
  return {
    name,
    description,
    schema,
    effect,
    timeoutSeconds,
    doneBy: 'service',
    isBuiltin: false,
    approval: loadApproval(definition),
    // Safe: `input` has passed the schema from which the definition took its type.
    run: (input, context) => definition.run(input as Record<string, unknown>, context),
  }
}
