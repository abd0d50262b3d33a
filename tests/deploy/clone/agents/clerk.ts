import { defineAgent, defineTool } from 'bunkhouse'
import { z } from 'zod'

// An agent with a package of its own, which the image must bring.
export default defineAgent({
  name: 'clerk',
  model: 'builtin/echo',
  tools: [
    defineTool({
      name: 'order_status',
      description: 'Looks an order up.',
      input: z.object({ id: z.string() }),
      run: ({ id }) => ({ id, status: 'shipped' }),
    }),
  ],
})
