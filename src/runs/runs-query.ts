import { type Static, t } from 'elysia'
import { oneOf } from '../http/one-of.ts'
import { cursorParam, limitParam, nameText, page } from '../http/params.ts'
import { timeOf } from '../http/time-param.ts'
import type { RunFilter } from './list-runs.ts'
import { RunObject, RunStatusSchema } from './wire.ts'

const listed = page(RunObject)

/** A page of runs, which may have been looked for. */
export const RunPageObject = t.Object(
  {
    ...listed.properties,
    looked_to: t.Nullable(
      t.String({
        format: 'date-time',
        description:
          'Where the search stopped looking: runs of before (with order=asc, after) may fit as well. Null: it did not.',
      }),
    ),
  },
  {
    title: 'RunList',
    description: 'One page of the list.',
    examples: [{ ...listed.examples[0], looked_to: null }],
  },
)

export const RunsQuery = t.Object(
  {
    limit: limitParam,
    cursor: cursorParam,
    order: t.Optional(oneOf(['desc', 'asc'], { default: 'desc', description: 'The newest or oldest first.' })),
    id: t.Optional(t.String({ pattern: '^run_[0-9a-f]{0,32}$', description: 'Only runs whose id begins so.' })),
    status: t.Optional(RunStatusSchema),
    agent: t.Optional(t.String({ description: 'Only runs of this agent.' })),
    thread_id: t.Optional(t.String({ description: 'Only runs on this thread.' })),
    created_after: t.Optional(t.String({ description: 'ISO time, inclusive.' })),
    created_before: t.Optional(t.String({ description: 'ISO time, exclusive.' })),
    error_code: t.Optional(nameText({ maxLength: 64, description: 'Only runs that failed with this code.' })),
    metadata: t.Optional(
      nameText({
        pattern: '^[A-Za-z0-9_.-]{1,64}=[^\\u0000]{0,256}$',
        description: 'Only runs whose metadata has this value under this name, as `order=42`. Looked for.',
      }),
    ),
    contains: t.Optional(
      nameText({
        minLength: 1,
        maxLength: 256,
        description: 'Only runs with this text in their input, output or error, as it is written. Looked for.',
      }),
    ),
  },
  { additionalProperties: false },
)

/** @throws AppError invalid_request */
export function filterOf(query: Static<typeof RunsQuery>): RunFilter {
  const { metadata } = query
  const at = metadata?.indexOf('=') ?? -1
  return {
    id: query.id,
    status: query.status,
    agent: query.agent,
    threadId: query.thread_id,
    errorCode: query.error_code,
    metadata: metadata === undefined ? undefined : { name: metadata.slice(0, at), value: metadata.slice(at + 1) },
    contains: query.contains,
    createdAfter: timeOf('created_after', query.created_after),
    createdBefore: timeOf('created_before', query.created_before),
  }
}
