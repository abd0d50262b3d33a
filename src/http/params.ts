import { t } from 'elysia'
import { integer } from './integer.ts'

export const limitParam = t.Optional(
  t.Integer({ minimum: 1, maximum: 500, default: 50, description: 'How many at most.' }),
)
export const cursorParam = t.Optional(t.String({ maxLength: 512, description: 'next_cursor of the page before.' }))

export const page = <T extends import('elysia').TSchema>(item: T) =>
  t.Object({
    object: t.Literal('list'),
    data: t.Array(item),
    has_more: t.Boolean(),
    next_cursor: t.Nullable(t.String()),
  })

/** The shape of every error. */
export const Problem = t.Object(
  {
    type: t.String(),
    title: t.String(),
    status: integer(),
    code: t.String(),
    detail: t.String(),
    request_id: t.String(),
    errors: t.Optional(
      t.Array(t.Object({ in: t.String(), path: t.String(), message: t.String() }), {
        description: 'What did not fit.',
      }),
    ),
  },
  { description: 'RFC 9457, as application/problem+json.' },
)
