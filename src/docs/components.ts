import type { Json } from '../json.ts'

type JsonObject = { [key: string]: Json }

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Keywords whose values are data, not schemas, and those whose keys are names, not keywords. */
const dataKeywords = new Set(['example', 'examples', 'default', 'const', 'enum'])
const nameKeywords = new Set(['properties', 'patternProperties'])

/**
 * Moves every schema that has a title to `components.schemas`, with a reference in its place, and gives what a schema
 * shows as its first example to the parameter or body it is for.
 */
export function nameSchemas(document: JsonObject): JsonObject {
  const { paths, components, ...rest } = document
  const { schemas: given, ...others } = isObject(components) ? components : {}
  const schemas: JsonObject = isObject(given) ? { ...given } : {}
  const named = { paths: inside(paths ?? {}, schemas), others: inside(others, schemas) }
  return {
    ...rest,
    paths: named.paths,
    components: {
      ...(isObject(named.others) && named.others),
      schemas: Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1))),
    },
  }
}

/** Looks for schemas in a part of the document that is none. */
function inside(value: Json, schemas: JsonObject): Json {
  if (Array.isArray(value)) return value.map(item => inside(item, schemas))
  if (!isObject(value)) return value
  const { schema, ...rest } = value
  if (!isObject(schema)) return mapValues(value, (item, key) => (dataKeywords.has(key) ? item : inside(item, schemas)))
  // A parameter, a header or a body.
  const examples = Array.isArray(rest.examples) ? rest.examples : schema.examples
  if (Array.isArray(rest.examples)) delete rest.examples
  const [example] = Array.isArray(examples) ? examples : []
  return {
    ...rest,
    ...(example !== undefined && !('example' in rest) && !('examples' in rest) && { example }),
    schema: named(schema, schemas),
  }
}

function named(schema: JsonObject, schemas: JsonObject): JsonObject {
  const {
    title,
    nullable: _elysias,
    ...plain
  } = mapValues(plainUnion(schema), (value, key) => {
    if (dataKeywords.has(key)) return value
    const visit = (item: Json) => (isObject(item) ? named(item, schemas) : item)
    if (nameKeywords.has(key) && isObject(value)) return mapValues(value, visit)
    return Array.isArray(value) ? value.map(visit) : visit(value)
  })
  if (typeof title !== 'string') return plain
  if (title in schemas && !Bun.deepEquals(schemas[title], plain)) {
    throw new Error(`Two schemas have the title ${title}.`)
  }
  schemas[title] = plain
  return { $ref: `#/components/schemas/${title}` }
}

/**
 * The plain form of Elysia's unions: numbers of a query, which it takes as a text too, are numbers to callers, and what
 * may be null has two types.
 */
function plainUnion(schema: JsonObject): JsonObject {
  const { anyOf, nullable, ...rest } = schema
  if (!Array.isArray(anyOf)) return schema
  const [first, second] = anyOf
  if (anyOf.length !== 2 || !isObject(first) || !isObject(second)) return schema
  if (first.format === 'integer' || first.format === 'numeric') return { ...rest, ...second }
  const listed = first.enum ?? first.const ?? first.title
  if (nullable !== true || typeof first.type !== 'string' || listed !== undefined) return schema
  return { ...rest, ...first, type: [first.type, 'null'] }
}

const mapValues = (object: JsonObject, change: (value: Json, key: string) => Json): JsonObject =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value, key)]))
