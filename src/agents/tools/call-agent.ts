import { toolSchema } from './schema.ts'
import type { LoadedTool } from './tool.ts'

export interface CallableAgent {
  name: string
  description: string | null
}

/** What the model has asked for, once it has passed the schema. */
export interface AgentCall {
  agent: string
  input: string
}

/** The tool by which an agent has another one run: the run waits for that run's end, and holds no worker meanwhile. */
export async function callAgentTool(agents: readonly CallableAgent[]): Promise<LoadedTool> {
  const list = agents
    .map(({ name, description }) => (description ? `- ${name}: ${description}` : `- ${name}`))
    .join('\n')
  return {
    name: 'call_agent',
    description: `Has another agent do a part of the work, and returns its answer. It knows nothing but what you tell it. The agents:\n${list}`,
    schema: await toolSchema({
      type: 'object',
      properties: {
        agent: { type: 'string', enum: agents.map(({ name }) => name) },
        input: { type: 'string', minLength: 1, maxLength: 200_000, description: 'What it is to do.' },
      },
      required: ['agent', 'input'],
      additionalProperties: false,
    }),
    // The run that it starts is the same for every try.
    effect: 'idempotent',
    timeoutSeconds: 0,
    doneBy: 'agent',
    isBuiltin: true,
    approval: null,
    run: () => {
      throw new Error('Another run does this.')
    },
  }
}
