// `bun run console:api` writes what the console's page knows of the API, from the same document that clients get;
// `--check` only says whether it is current. Generators of others are built on the compiler's JavaScript API, which
// TypeScript 7 does not have.
import { resolve } from 'node:path'
import { allRoutes } from '../src/cli/openapi.ts'
import { documentRoutes } from '../src/docs/document.ts'

interface Schema {
  $ref?: string
  type?: string | string[]
  const?: unknown
  enum?: unknown[]
  anyOf?: Schema[]
  oneOf?: Schema[]
  allOf?: Schema[]
  items?: Schema
  properties?: Record<string, Schema>
  patternProperties?: Record<string, Schema>
  additionalProperties?: boolean | Schema
  required?: string[]
}
interface Parameter {
  name: string
  in: string
  required?: boolean
  schema: Schema
}
interface Content {
  content?: Record<string, { schema?: Schema }>
}
interface Operation {
  operationId: string
  parameters?: Parameter[]
  requestBody?: Content & { required?: boolean }
  responses: Record<string, Content>
}
interface Document {
  paths: Record<string, Record<string, Operation>>
  components?: { schemas?: Record<string, Schema> }
}

const file = resolve(import.meta.dir, '../src/console/page/api/operations.ts')
const text = write(JSON.parse((await documentRoutes(allRoutes(), '')).text) as Document)
if (process.argv[2] === '--check') {
  if (
    (await Bun.file(file)
      .text()
      .catch(() => '')) !== text
  ) {
    console.error('src/console/page/api/operations.ts is behind the API. Run `bun run console:api`.')
    process.exitCode = 1
  }
} else await Bun.write(file, text)

function write({ paths, components }: Document): string {
  const lines = [
    '// Written by `bun run console:api` from the API’s own document. Not by hand.',
    '/* biome-ignore-all format: written by a program */',
    '/* biome-ignore-all lint/style/noExcessiveLinesPerFile: a table of all operations */',
    '',
  ]
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    path.startsWith('/v1/') ? Object.entries(methods).map(([method, operation]) => ({ path, method, operation })) : [],
  )
  const shapes = operations.map(({ operation }) => `  ${operation.operationId}: ${shapeOf(operation)}`)
  for (const [name, text] of used(shapes.join('\n'), components?.schemas ?? {}))
    lines.push(`export type ${name} = ${text}`)
  lines.push('', 'export interface Operations {')
  lines.push(...shapes)
  lines.push(
    '}',
    '',
    'export const places: { readonly [Id in keyof Operations]: readonly [method: string, path: string] } = {',
  )
  for (const { path, method, operation } of operations)
    lines.push(`  ${operation.operationId}: ['${method.toUpperCase()}', '${path}'],`)
  lines.push('}', '')
  return lines.join('\n')
}

/** Only what operations speak of, and what that speaks of, in the order of their names. */
function used(text: string, schemas: Record<string, Schema>): [name: string, text: string][] {
  const found = new Map<string, string>()
  const look = (within: string) => {
    for (const [name] of within.matchAll(/\b[A-Z]\w+/g)) {
      const schema = schemas[name]
      if (!schema || found.has(name)) continue
      const type = typeOf(schema)
      found.set(name, type)
      look(type)
    }
  }
  look(text)
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1))
}

function shapeOf({ parameters = [], requestBody, responses }: Operation): string {
  const of = (where: string) => {
    const mine = parameters.filter(parameter => parameter.in === where)
    if (mine.length === 0) return undefined
    const fields = mine.map(({ name, required, schema }) => `${name}${required ? '' : '?'}: ${typeOf(schema)}`)
    const isNeeded = mine.some(({ required }) => required)
    return `${where}${isNeeded ? '' : '?'}: { ${fields.join('; ')} }`
  }
  const body = requestBody?.content?.['application/json']?.schema
  const [, answer] = Object.entries(responses).find(([status]) => status.startsWith('2')) ?? []
  const answered = answer?.content?.['application/json']?.schema
  const given = [of('path'), of('query'), body && `body: ${typeOf(body)}`].filter(Boolean).join('; ')
  return `{ given: ${given ? `{ ${given} }` : 'object'}; answer: ${answered ? typeOf(answered) : 'undefined'} }`
}

function typeOf(schema: Schema): string {
  const { $ref, anyOf, oneOf, allOf, enum: values, items, type } = schema
  if ($ref) return $ref.slice($ref.lastIndexOf('/') + 1)
  if ('const' in schema) return JSON.stringify(schema.const)
  if (values) return values.map(value => JSON.stringify(value)).join(' | ') || 'never'
  const options = anyOf ?? oneOf
  if (options)
    return [...new Set(options.map(typeOf))].map(each => (each.includes('=>') ? `(${each})` : each)).join(' | ')
  if (allOf) return allOf.map(typeOf).join(' & ')
  if (Array.isArray(type)) return type.map(each => typeOf({ ...schema, type: each })).join(' | ')
  switch (type) {
    case 'string':
    case 'boolean':
    case 'null':
      return type
    case 'integer':
    case 'number':
      return 'number'
    case 'array':
      return items ? `(${typeOf(items)})[]` : 'unknown[]'
    case 'object':
      return objectType(schema)
    default:
      return 'unknown'
  }
}

function objectType({ properties, patternProperties, additionalProperties, required = [] }: Schema): string {
  const [values] = Object.values(patternProperties ?? {})
  if (!properties) {
    const of = values ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined)
    return `Record<string, ${of ? typeOf(of) : 'unknown'}>`
  }
  const fields = Object.entries(properties).map(
    ([name, schema]) =>
      `${/^\w+$/.test(name) ? name : JSON.stringify(name)}${required.includes(name) ? '' : '?'}: ${typeOf(schema)}`,
  )
  return `{ ${fields.join('; ')} }`
}
