import { type TSchema, t } from 'elysia'
import { errorStatus } from '../errors.ts'
import { integer } from './integer.ts'

// With and without the flag `u`, under which a pair is one character.
const storable = '^(?:[^\\u0000\\ud800-\\udfff]|[\\ud800-\\udbff][\\udc00-\\udfff])*$'

/** A name or an id in a body: none holds a NUL or half a character, and Postgres refuses to look for one. */
export const nameText = (options: Parameters<typeof t.String>[0] = {}) => t.String({ pattern: storable, ...options })

export const limitParam = t.Optional(
  t.Integer({ minimum: 1, maximum: 500, default: 50, description: 'How many at most.' }),
)
export const cursorParam = t.Optional(t.String({ maxLength: 512, description: 'next_cursor of the page before.' }))

/** One page of a list. */
export const page = <T extends TSchema>(item: T) =>
  t.Object(
    {
      object: t.Literal('list'),
      data: t.Array(item),
      has_more: t.Boolean(),
      next_cursor: t.Nullable(t.String({ description: 'The `cursor` of the next page.' })),
    },
    {
      ...(item.title !== undefined && { title: `${item.title}List` }),
      description: 'One page of the list.',
      examples: [{ object: 'list', data: item.examples ?? [], has_more: false, next_cursor: null }],
    },
  )

/** The shape of every error. */
export const Problem = t.Object(
  {
    type: t.String({ description: 'urn:bunkhouse:error:<code>' }),
    title: t.String({ description: 'The same for every failure of this code.' }),
    status: integer({ description: 'The HTTP status.' }),
    code: t.String({ enum: Object.keys(errorStatus), description: 'What to switch on.' }),
    detail: t.String({ description: 'What happened this time, for people.' }),
    request_id: t.String({ description: 'As in the header `x-request-id` and in the log.' }),
    errors: t.Optional(
      t.Array(
        t.Object({
          in: t.String({ enum: ['body', 'query', 'path', 'header'] }),
          path: t.String({ description: 'JSON pointer.' }),
          message: t.String(),
        }),
        { description: 'What did not fit its schema.' },
      ),
    ),
  },
  { description: 'A failure in the form of RFC 9457, as `application/problem+json`.' },
)
