import { defineAgent, defineTool } from 'bunkhouse'
import { model } from '../../model.ts'

const salesOfYesterday = defineTool({
  name: 'sales_of_yesterday',
  description: 'What was sold yesterday, by product, in euros.',
  input: { type: 'object', properties: {}, additionalProperties: false },
  // Yours would ask a database.
  run: () => [
    { product: 'kettle', sold: 12, euros: 348 },
    { product: 'teapot', sold: 5, euros: 225 },
  ],
})

export default defineAgent({
  name: 'daily-report',
  model,
  instructions: 'You write the report of the day for the owner of a shop: three sentences at most, with the total.',
  tools: [salesOfYesterday],
  schedules: [
    {
      name: 'morning',
      cron: '0 7 * * 1-5',
      timezone: 'Europe/Berlin',
      input: 'Write the report of yesterday.',
      // Whoever slept over the weekend gets one report, and not three.
      catchUp: 'one',
    },
  ],
})
