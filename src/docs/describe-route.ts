import { Kind, type TSchema } from '@sinclair/typebox'
import type { AnyElysia, DocumentDecoration } from 'elysia'
import { failuresOf, type OperationForm, type Responses } from './failures.ts'

type Route = AnyElysia['routes'][number]

/** What a route was declared with, as far as it is described. */
interface Declared {
  body?: TSchema
  query?: TSchema
  params?: TSchema
  headers?: TSchema
  response?: TSchema | Record<string, TSchema>
  detail?: DocumentDecoration
}

/**
 * A route as the plugin is to see it: with all its answers, which the plugin would show without their names, examples
 * and failures.
 */
export function describeRoute(route: Route) {
  const { body, query, params, headers, response, detail = {} }: Declared = route.hooks
  const secured = detail.security?.length !== 0
  const failures = failuresOf({
    operationId: detail.operationId ?? '',
    method: route.method,
    secured,
    hasBody: body !== undefined || detail.requestBody !== undefined,
    named: namedIn(route.path, params),
    queryFields: fieldsOf(query),
    headerFields: fieldsOf(headers),
  })
  const hook = {
    ...(body && { body: closed(body) }),
    ...(query && { query }),
    ...(params && { params }),
    ...(headers && { headers }),
    parse: 'application/json' as const,
    detail: {
      ...detail,
      description: [detail.description, scopeOf(detail)].filter(Boolean).join('\n\n'),
      responses: merge({ ...failures, ...answersOf(response) }, detail.responses ?? {}),
    },
  }
  return { method: route.method, path: route.path.replace(/(?<=.)\/$/, ''), hook }
}

const fieldsOf = (schema: TSchema | undefined): string[] => Object.keys(schema?.properties ?? {})

/** What the last field of a path names: `/v1/runs/:id` a run. */
function namedIn(path: string, params: TSchema | undefined): OperationForm['named'] {
  const [, what = '', field = ''] = /(\w+?)s?\/:(\w+)(?!.*:)/.exec(path) ?? []
  const example: unknown = params?.properties?.[field]?.examples?.[0]
  return typeof example === 'string' ? { what, example } : null
}

/** The scope, which the controller has put beside each security scheme. */
function scopeOf({ security }: DocumentDecoration): string {
  const scopes = new Set(security?.flatMap(requirement => Object.values(requirement).flat()))
  return [...scopes].map(scope => `Scope: \`${scope}\`.`).join(' ')
}

function answersOf(response: Declared['response']): Responses {
  if (!response) return {}
  const byStatus: Record<string, TSchema> = isSchema(response) ? { 200: response } : response
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, schema]) => [
      status,
      {
        description: schema.description ?? schema.title ?? 'Done.',
        content: { 'application/json': { schema: opened(schema) } },
      },
    ]),
  )
}

// At the first call of a route Elysia closes the objects of its schemas, in place. The description is not to depend on
// what was called before: bodies are closed in it, and answers, which may get new fields, are open.
const closed = (body: TSchema): TSchema => (body.type === 'object' ? { additionalProperties: false, ...body } : body)
const opened = (answer: TSchema): TSchema =>
  JSON.parse(JSON.stringify(answer), (key, value) => (key === 'additionalProperties' && !value ? undefined : value))

const isSchema = (response: TSchema | Record<string, TSchema>): response is TSchema => Kind in response

/** What both say; where they differ, the second is right. */
function merge<T extends Record<string, unknown>>(first: T, second: T): T {
  const merged: Record<string, unknown> = { ...first }
  for (const [key, value] of Object.entries(second)) {
    const earlier = merged[key]
    merged[key] = isPlain(earlier) && isPlain(value) ? merge(earlier, value) : value
  }
  return { ...first, ...merged }
}

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
