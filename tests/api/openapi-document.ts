import { Ajv2020 } from 'ajv/dist/2020.js'
import type { Json } from '../../src/json.ts'

export interface ApiDocument {
  openapi: string
  info: { title: string; version: string }
  tags: { name: string; description: string }[]
  paths: Record<string, Record<string, Operation>>
  components: {
    schemas: Record<string, { examples?: Json[] }>
    responses: Record<string, Answer>
    securitySchemes: Record<string, object>
  }
}

export interface Operation {
  operationId: string
  summary: string
  description: string
  tags: string[]
  security?: Record<string, string[]>[]
  parameters?: {
    in: string
    name: string
    description?: string
    required?: boolean
    schema: { examples?: Json[] }
  }[]
  requestBody?: { content: Record<string, Content> }
  responses: Record<string, Answer | { $ref: string }>
}

export interface Answer {
  description: string
  content?: Record<string, Content>
}

export interface Content {
  schema: object
  example?: Json
  examples?: Record<string, { value: Json }>
}

/** An answer, also where the operation refers to one that many share. */
export function answerAt(document: ApiDocument, operation: Operation, status: string | number): Answer | undefined {
  const answer = operation.responses[status]
  if (!answer || !('$ref' in answer)) return answer
  return document.components.responses[answer.$ref.replace('#/components/responses/', '')]
}

export const operationsOf = (document: ApiDocument): { name: string; operation: Operation }[] =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })),
  )

/** What has to stand behind an operation's path, by the examples of its parameters. */
export function requiredQuery({ parameters = [] }: Operation): string {
  const required = parameters.filter(parameter => parameter.in === 'query' && parameter.required)
  const query = required.map(({ name, schema }) => `${name}=${encodeURIComponent(String(schema.examples?.[0]))}`)
  return query.length === 0 ? '' : `?${query.join('&')}`
}

export const contentExamples = ({ example, examples }: Content): Json[] => [
  ...(example === undefined ? [] : [example]),
  ...Object.values(examples ?? {}).map(({ value }) => value),
]

/** One example and the schema it is an example of. */
export interface ShownExample {
  /** JSON pointers into the document. */
  example: string
  schema: string
  value: Json
}

/** Every example there is: of bodies, parameters, headers and named schemas. */
export function examplesIn(document: ApiDocument): ShownExample[] {
  const found: ShownExample[] = []
  const walk = (value: unknown, at: string): void => {
    if (typeof value !== 'object' || value === null) return
    if ('schema' in value) {
      // Whatever has a schema and examples has them in this form.
      contentExamples(value as Content).forEach((example, index) => {
        found.push({ example: `${at} example ${index}`, schema: `${at}/schema`, value: example })
      })
    }
    for (const [key, inner] of Object.entries(value)) {
      if (key !== 'example' && key !== 'examples') walk(inner, `${at}/${escaped(key)}`)
    }
  }
  walk(document.paths, '/paths')
  walk(document.components.responses, '/components/responses')
  for (const [name, { examples = [] }] of Object.entries(document.components.schemas)) {
    const schema = `/components/schemas/${name}`
    examples.forEach((value, index) => {
      found.push({ example: `${schema} example ${index}`, schema, value })
    })
  }
  return found
}

/** What does not fit, in words; nothing where all examples fit their schemas. Fails where a schema is none. */
export function misfits(document: ApiDocument, examples: ShownExample[]): string[] {
  const ajv = new Ajv2020({ strict: false, allErrors: true, formats: { 'date-time': isoTime } })
  ajv.addSchema({ $id: 'api', ...document })
  return examples.flatMap(({ example, schema, value }) => {
    const check = ajv.compile({ $ref: `api#${encodeURI(schema)}` })
    return check(value) ? [] : [`${example}: ${ajv.errorsText(check.errors)}`]
  })
}

const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/

const escaped = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1')
