import { t } from 'elysia'
import { integer } from '../http/integer.ts'

const closed = { additionalProperties: false }

/** What a model is told besides its prompt, as bodies of agents and runs have it. */
export const temperature = t.Number({ minimum: 0, maximum: 2 })
export const topP = t.Number({ exclusiveMinimum: 0, maximum: 1 })
export const maxOutputTokens = integer({ minimum: 1 })
export const stop = t.Array(t.String({ minLength: 1, maxLength: 200 }), {
  maxItems: 16,
  description: 'Texts at which an answer ends.',
})
export const toolChoice = t.Union(
  [
    t.Literal('auto'),
    t.Literal('none'),
    t.Literal('required'),
    t.Object({ tool: t.String({ minLength: 1, maxLength: 64 }) }, closed),
  ],
  { description: '`required`, or one by its name, holds until a tool of the run has ended.' },
)

const instructions = t.String({
  minLength: 1,
  maxLength: 200_000,
  description: 'For this run alone, after those of its agent.',
})

export const SettingsBody = t.Object(
  {
    instructions: t.Optional(instructions),
    temperature: t.Optional(temperature),
    top_p: t.Optional(topP),
    max_output_tokens: t.Optional(maxOutputTokens),
    stop: t.Optional(stop),
    tool_choice: t.Optional(toolChoice),
  },
  { ...closed, minProperties: 1, description: 'What the model is told: its settings instead of what the agent says.' },
)
