import { defineAgent, defineTool } from 'bunkhouse'
import { model } from '../../model.ts'

const bookTable = defineTool({
  name: 'book_table',
  description: 'Books a table of the restaurant.',
  input: {
    type: 'object',
    properties: { people: { type: 'integer', minimum: 1 }, time: { type: 'string' } },
    required: ['people', 'time'],
    additionalProperties: false,
  },
  effect: 'once',
  // The guest agrees to it in the chat.
  approval: { message: ({ people, time }) => `Book a table for ${people} at ${time}?` },
  run: async ({ people, time }) => ({ booked: `a table for ${people} at ${time}` }),
})

export default defineAgent({
  name: 'host',
  model,
  instructions: 'You are the host of a small restaurant: you tell of its dishes, and book tables.',
  tools: [bookTable],
})
