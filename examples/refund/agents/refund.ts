import { appendFile } from 'node:fs/promises'
import { defineAgent, defineTool } from 'bunkhouse'
import { model } from '../../model.ts'

/** A line for each refund, where the service runs. */
const till = 'till.txt'

const refund = defineTool({
  name: 'refund',
  description: 'Pays money back to a customer.',
  input: {
    type: 'object',
    properties: { order: { type: 'string' }, euros: { type: 'number', exclusiveMinimum: 0 } },
    required: ['order', 'euros'],
    additionalProperties: false,
  },
  // Money that was paid is not paid again, whatever becomes of the process.
  effect: 'once',
  approval: {
    when: ({ euros }) => Number(euros) > 20,
    message: ({ order, euros }) => `Pay ${euros} euros back for order ${order}?`,
    deadlineSeconds: 24 * 3600,
    onDeadline: 'deny',
  },
  run: async ({ order, euros }) => {
    await appendFile(till, `${order}: ${euros} euros\n`)
    return { paid: Number(euros) }
  },
})

export default defineAgent({
  name: 'refund',
  model,
  instructions: 'You pay customers back what they are owed, and say what you have done.',
  tools: [refund],
})
