// An agent file as a builder writes it. The type checker reads it too: `run` must know its input without being told.
import { defineAgent, defineTool } from 'bunkhouse'
import { z } from 'zod'

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const proven = <_Fact extends true>(): void => undefined

const forecast = defineTool({
  name: 'forecast',
  description: 'The weather of the coming days',
  input: z.object({ city: z.string().min(1), days: z.number().int().max(7).default(3) }),
  effect: 'idempotent',
  timeoutSeconds: 5,
  async run(input, context) {
    proven<Same<typeof input, { city: string; days: number }>>()
    proven<Same<typeof context.signal, AbortSignal>>()
    return { city: input.city, days: input.days, key: context.idempotencyKey }
  },
})

const note = defineTool({
  name: 'note',
  description: 'Writes something down',
  input: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'], additionalProperties: false },
  run(input) {
    proven<Same<typeof input, Record<string, unknown>>>()
    return `noted: ${String(input.text)}`
  },
})

export default defineAgent({
  name: 'weather',
  model: 'openai/gpt-5-mini',
  instructions: 'Answer in one sentence.',
  tools: [forecast, note],
  maxSteps: 4,
})
