import { t } from 'elysia'
import { integer } from '../http/integer.ts'
import { nameText } from '../http/params.ts'
import { jobExample } from './examples.ts'

export const RetryBody = t.Object(
  {
    queue: t.Optional(nameText({ minLength: 1, maxLength: 255, description: 'Discarded jobs of this queue.' })),
    kind: t.Optional(nameText({ minLength: 1, maxLength: 64, description: 'Discarded jobs of this kind.' })),
    limit: t.Optional(
      integer({ minimum: 1, maximum: 1_000, description: 'How many at most, the oldest. Default 100.' }),
    ),
    ids: t.Optional(
      t.Array(nameText({ minLength: 1, maxLength: 255 }), {
        minItems: 1,
        maxItems: 1_000,
        description: 'Discarded or cancelled jobs; instead of the others.',
      }),
    ),
  },
  {
    additionalProperties: false,
    title: 'NewRetry',
    description: 'Which jobs: of a queue, of a kind, of both, or by their ids.',
    examples: [{ ids: [jobExample.id] }],
  },
)
