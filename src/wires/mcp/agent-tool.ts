import type { Tool } from '@modelcontextprotocol/server'
import type { PlainJsonSchema } from '../../agents/tools/schema.ts'
import type { Agent } from '../../catalog/agent-row.ts'
import { listAgents } from '../../catalog/list-agents.ts'
import type { Actor, AppContext } from '../../context.ts'

/** More than any client shows. */
const most = 10_000

/** What every agent takes. */
export const callSchema = {
  type: 'object',
  properties: {
    input: { type: 'string', minLength: 1, description: 'What to answer or to do.' },
    thread_id: {
      type: 'string',
      maxLength: 64,
      description: 'The conversation to go on with, as an earlier call has named it. Without: none is kept.',
    },
  },
  required: ['input'],
  additionalProperties: false,
} satisfies PlainJsonSchema

/** Agents, as clients look for tools. */
export async function agentTools(
  app: Pick<AppContext, 'catalog' | 'clock' | 'database'>,
  actor: Actor,
): Promise<Tool[]> {
  return (await listAgents(app, actor, { limit: most })).map(toTool)
}

const toTool = ({ name, record }: Agent): Tool => ({
  name,
  description: record.description ?? `The agent ${name}.`,
  // Safe: JSON Schemas of type object, which is all that the SDK's own type says.
  inputSchema: callSchema as Tool['inputSchema'],
  ...(hasObjects(record.output_schema) && { outputSchema: record.output_schema as Tool['outputSchema'] }),
  annotations: { openWorldHint: true },
})

/** Structured answers are objects in this protocol; any other is a text of JSON. */
const hasObjects = (schema: PlainJsonSchema | null | undefined): boolean => schema?.type === 'object'
