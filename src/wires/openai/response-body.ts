import { type Static, t } from 'elysia'
import { nameText } from '../../http/params.ts'
import { maxOutputTokens, temperature, topP } from '../../runs/settings-body.ts'

const Part = t.Union([
  t.Object({ type: t.Union([t.Literal('input_text'), t.Literal('output_text')]), text: t.String() }),
  t.Object({ type: t.Literal('input_image'), image_url: t.String() }),
  t.Object({
    type: t.Literal('input_file'),
    file_id: t.Optional(nameText({ maxLength: 64 })),
    file_data: t.Optional(t.String()),
    filename: t.Optional(t.String({ minLength: 1, maxLength: 200 })),
  }),
])

export const Item = t.Union([
  t.Object({
    type: t.Optional(t.Literal('message')),
    role: t.Union([t.Literal('system'), t.Literal('developer'), t.Literal('user'), t.Literal('assistant')]),
    content: t.Union([t.String(), t.Array(Part)]),
  }),
  t.Object({ type: t.Literal('function_call_output'), call_id: nameText(), output: t.String() }),
  // What an earlier answer held besides: what the assistant said afterwards is what counts.
  t.Object({ type: t.Union([t.Literal('function_call'), t.Literal('reasoning')]) }),
])

const Tool = t.Object({
  type: t.Literal('function'),
  name: t.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' }),
  description: t.Optional(t.Nullable(t.String({ maxLength: 4_000 }))),
  parameters: t.Optional(t.Nullable(t.Record(t.String(), t.Any()))),
})

/** What is served of it; anything else is taken and left out. */
export const ResponseBody = t.Object(
  {
    model: nameText({ description: 'Name of an agent, or `provider/model`.' }),
    input: t.Union([t.String({ minLength: 1 }), t.Array(Item, { minItems: 1, maxItems: 10_000 })]),
    instructions: t.Optional(t.Nullable(t.String({ maxLength: 200_000, description: 'For this answer alone.' }))),
    previous_response_id: t.Optional(t.Nullable(nameText({ description: 'The conversation that it goes on with.' }))),
    stream: t.Optional(t.Nullable(t.Boolean())),
    background: t.Optional(t.Nullable(t.Boolean({ description: 'Answer at once; read it later.' }))),
    tools: t.Optional(t.Nullable(t.Array(Tool, { maxItems: 128, description: 'Functions that the caller runs.' }))),
    tool_choice: t.Optional(
      t.Nullable(
        t.Union([
          t.Literal('auto'),
          t.Literal('none'),
          t.Literal('required'),
          t.Object({ type: t.Literal('function'), name: t.String() }),
        ]),
      ),
    ),
    text: t.Optional(
      t.Nullable(
        t.Object({
          format: t.Optional(
            t.Union([
              t.Object({ type: t.Literal('text') }),
              t.Object({ type: t.Literal('json_object') }),
              t.Object({ type: t.Literal('json_schema'), schema: t.Record(t.String(), t.Any()) }),
            ]),
          ),
        }),
      ),
    ),
    temperature: t.Optional(t.Nullable(temperature)),
    top_p: t.Optional(t.Nullable(topP)),
    max_output_tokens: t.Optional(t.Nullable(maxOutputTokens)),
    metadata: t.Optional(t.Nullable(t.Record(t.String(), t.String()))),
    conversation: t.Optional(
      t.Nullable(
        t.Union([nameText({ maxLength: 64 }), t.Object({ id: nameText({ maxLength: 64 }) })], {
          description: 'What it goes on with and is added to. Not with previous_response_id.',
        }),
      ),
    ),
    store: t.Optional(t.Nullable(t.Boolean({ description: 'false: it cannot be read afterwards as a response.' }))),
  },
  {
    title: 'ResponseRequest',
    description: 'As OpenAI has it.',
    examples: [{ model: 'echo', input: 'hello' }],
  },
)

export type ResponseRequest = Static<typeof ResponseBody>
