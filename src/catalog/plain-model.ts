import type { AgentRecord } from '../agents/record.ts'
import type { Agent } from './agent-row.ts'

/** A model that is run by its own name, as an agent that adds nothing. No agent of anybody's has a name with a slash. */
export function plainModel(model: string, now: number): Agent {
  const record: AgentRecord = {
    name: model,
    description: null,
    model,
    instructions: null,
    tools: [],
    max_steps: null,
    temperature: null,
    max_output_tokens: null,
  }
  return { name: model, source: 'builtin', version: 1, record, createdAt: now, updatedAt: now }
}
