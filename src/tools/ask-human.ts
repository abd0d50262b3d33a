import { plainObjectSchema, toolSchema } from '../agents/tools/schema.ts'
import type { LoadedTool } from '../agents/tools/tool.ts'

const input = {
  type: 'object',
  properties: { question: { type: 'string', minLength: 1, maxLength: 4_000 } },
  required: ['question'],
  additionalProperties: false,
}

const form = plainObjectSchema({
  type: 'object',
  properties: { answer: { type: 'string', title: 'Answer' } },
  required: ['answer'],
  additionalProperties: false,
})

const weekSeconds = 7 * 86_400

/** The run waits until a person has answered at `/v1/approvals`. */
export async function askHuman(): Promise<LoadedTool> {
  return {
    name: 'ask_human',
    description: 'Asks a person, and waits for the answer. Use it when you cannot go on without one.',
    schema: await toolSchema(input),
    effect: 'none',
    timeoutSeconds: 5,
    doneBy: 'person',
    isBuiltin: true,
    approval: {
      isNeeded: async () => true,
      message: given => (given as { question: string }).question, // it has passed the schema above
      form,
      deadlineSeconds: weekSeconds,
      onDeadline: 'deny',
      remindEverySeconds: null,
      holdsThread: false,
    },
    run: () => {
      throw new Error('A person does this.')
    },
  }
}
