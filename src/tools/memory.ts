import { toolSchema } from '../agents/tools/schema.ts'
import type { LoadedTool } from '../agents/tools/tool.ts'
import type { AppContext } from '../context.ts'
import { putItem } from '../store/put-item.ts'
import { searchItems } from '../store/search-items.ts'

type Needs = Pick<AppContext, 'clock' | 'database'>

const common = { timeoutSeconds: 15, doneBy: 'service', isBuiltin: true, approval: null } as const

/** What it remembers is of the namespace that its agent says; nothing the model writes leads out of that. */
function within(namespace: string | null): string {
  if (namespace === null) throw new Error('This run says nothing of whose memory it is: nothing can be remembered.')
  return namespace
}

export async function memoryWrite(app: Needs): Promise<LoadedTool> {
  const input = {
    type: 'object',
    properties: {
      key: { type: 'string', minLength: 1, maxLength: 256, description: 'A short name; the same name writes over it.' },
      text: { type: 'string', minLength: 1, maxLength: 8_000, description: 'What to remember.' },
    },
    required: ['key', 'text'],
    additionalProperties: false,
  }
  return {
    ...common,
    name: 'memory_write',
    description: 'Remembers something for later conversations. Write down facts that stay true.',
    schema: await toolSchema(input),
    effect: 'idempotent',
    async run(given, { memory, tenantId }) {
      const { key, text } = given as { key: string; text: string } // it has passed the schema above
      await putItem(app, { tenantId }, { namespace: within(memory), key, value: text })
      return { remembered: key }
    },
  }
}

export async function memorySearch(app: Needs): Promise<LoadedTool> {
  const input = {
    type: 'object',
    properties: {
      query: { type: 'string', maxLength: 1_000, description: 'Words to look for; empty: whatever there is.' },
      limit: { type: 'integer', minimum: 1, maximum: 20, description: 'Default 5.' },
    },
    required: ['query'],
    additionalProperties: false,
  }
  return {
    ...common,
    name: 'memory_search',
    description: 'Looks up what was remembered in earlier conversations.',
    schema: await toolSchema(input),
    effect: 'none',
    async run(given, { memory, tenantId }) {
      const { query, limit = 5 } = given as { query: string; limit?: number } // it has passed the schema above
      const found = await searchItems(app, { tenantId }, { query, namespace: within(memory), limit })
      return found.map(({ key, value, updatedAt }) => ({ key, value, at: new Date(updatedAt).toISOString() }))
    },
  }
}
