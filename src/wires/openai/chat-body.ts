import { type Static, t } from 'elysia'
import { integer } from '../../http/integer.ts'
import { nameText } from '../../http/params.ts'
import { maxOutputTokens, stop, temperature, topP } from '../../runs/settings-body.ts'

const TextPart = t.Object({ type: t.Literal('text'), text: t.String() })
const Content = t.Union([t.String(), t.Array(TextPart)], { description: 'A text, or parts of one.' })
const ImagePart = t.Object({ type: t.Literal('image_url'), image_url: t.Object({ url: t.String() }) })
const FilePart = t.Object({
  type: t.Literal('file'),
  file: t.Object({
    file_id: t.Optional(nameText({ maxLength: 64 })),
    file_data: t.Optional(t.String()),
    filename: t.Optional(t.String({ minLength: 1, maxLength: 200 })),
  }),
})
const UserContent = t.Union([t.String(), t.Array(t.Union([TextPart, ImagePart, FilePart]))], {
  description: 'A text, or parts: texts, images and files.',
})

const Message = t.Union([
  t.Object({ role: t.Union([t.Literal('system'), t.Literal('developer')]), content: Content }),
  t.Object({ role: t.Literal('user'), content: UserContent }),
  t.Object({
    role: t.Literal('assistant'),
    content: t.Optional(t.Nullable(Content)),
    tool_calls: t.Optional(t.Nullable(t.Array(t.Object({ id: t.String() })))),
  }),
  t.Object({ role: t.Literal('tool'), tool_call_id: nameText(), content: Content }),
])

const Tool = t.Object({
  type: t.Literal('function'),
  function: t.Object({
    name: t.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' }),
    description: t.Optional(t.Nullable(t.String({ maxLength: 4_000 }))),
    parameters: t.Optional(t.Nullable(t.Record(t.String(), t.Any()))),
  }),
})

/** What is served of it; anything else is taken and left out. */
export const ChatBody = t.Object(
  {
    model: nameText({ description: 'Name of an agent, or `provider/model`.' }),
    messages: t.Array(Message, { minItems: 1, maxItems: 10_000 }),
    stream: t.Optional(t.Nullable(t.Boolean())),
    stream_options: t.Optional(t.Nullable(t.Object({ include_usage: t.Optional(t.Boolean()) }))),
    n: t.Optional(t.Nullable(integer({ minimum: 1, maximum: 1, description: 'One answer is what there is.' }))),
    tools: t.Optional(t.Nullable(t.Array(Tool, { maxItems: 128, description: 'Functions that the caller runs.' }))),
    response_format: t.Optional(
      t.Nullable(
        t.Union([
          t.Object({ type: t.Literal('text') }),
          t.Object({ type: t.Literal('json_object') }),
          t.Object({
            type: t.Literal('json_schema'),
            json_schema: t.Object({ name: t.String(), schema: t.Optional(t.Record(t.String(), t.Any())) }),
          }),
        ]),
      ),
    ),
    temperature: t.Optional(t.Nullable(temperature)),
    top_p: t.Optional(t.Nullable(topP)),
    max_tokens: t.Optional(t.Nullable(maxOutputTokens)),
    max_completion_tokens: t.Optional(t.Nullable(maxOutputTokens)),
    stop: t.Optional(t.Nullable(t.Union([t.String({ minLength: 1, maxLength: 200 }), stop]))),
    tool_choice: t.Optional(
      t.Nullable(
        t.Union([
          t.Literal('auto'),
          t.Literal('none'),
          t.Literal('required'),
          t.Object({ type: t.Literal('function'), function: t.Object({ name: t.String() }) }),
        ]),
      ),
    ),
    metadata: t.Optional(t.Nullable(t.Record(t.String(), t.String()))),
  },
  {
    title: 'ChatCompletionRequest',
    description: 'As OpenAI has it.',
    examples: [{ model: 'echo', messages: [{ role: 'user', content: 'hello' }] }],
  },
)

export type ChatRequest = Static<typeof ChatBody>
