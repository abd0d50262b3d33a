import type { Json } from '../../json.ts'

type JsonObject = { readonly [key: string]: Json }

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A part of the document that a reference may stand for. @throws Error where it leads nowhere, or out of the document */
export function resolved(document: JsonObject, value: Json | undefined): JsonObject | undefined {
  let current = value
  for (let hops = 0; isObject(current) && typeof current.$ref === 'string'; hops++) {
    if (hops > 16) throw new Error(`${current.$ref} leads back to itself.`)
    current = pointed(document, current.$ref)
  }
  return isObject(current) ? current : undefined
}

function pointed(document: JsonObject, ref: string): Json | undefined {
  if (!ref.startsWith('#/')) throw new Error(`${ref} leads out of the document.`)
  let current: Json | undefined = document
  for (const part of ref.slice(2).split('/')) {
    const key = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')
    current = isObject(current) && Object.hasOwn(current, key) ? current[key] : undefined
  }
  if (current === undefined) throw new Error(`There is no ${ref} in the document.`)
  return current
}

/** Words of OpenAPI that are none of JSON Schema, or say nothing to a model. */
const dropped = new Set(['example', 'examples', 'xml', 'externalDocs', 'discriminator', 'nullable', 'deprecated'])
const deepest = 12

/** A schema that stands by itself: references filled in, words of OpenAPI 3.0 as JSON Schema has them. */
export function wholeSchema(document: JsonObject, schema: Json | undefined, depth = 0): JsonObject {
  // What leads back to itself is not told to the end.
  if (depth > deepest) return {}
  const known = resolved(document, schema)
  if (!known) return {}
  const whole: { [key: string]: Json } = {}
  for (const [key, value] of Object.entries(known)) {
    if (dropped.has(key) || key.startsWith('x-')) continue
    whole[key] = key === 'properties' ? eachSchema(document, value, depth) : wholePart(document, key, value, depth)
  }
  if (known.nullable === true && typeof whole.type === 'string') whole.type = [whole.type, 'null']
  return whole
}

const schemaWords = new Set(['items', 'additionalProperties', 'not', 'allOf', 'anyOf', 'oneOf', 'prefixItems'])

function wholePart(document: JsonObject, key: string, value: Json, depth: number): Json {
  if (!schemaWords.has(key) || typeof value === 'boolean') return value
  if (Array.isArray(value)) return value.map(item => wholeSchema(document, item, depth + 1))
  return wholeSchema(document, value, depth + 1)
}

function eachSchema(document: JsonObject, properties: Json, depth: number): Json {
  if (!isObject(properties)) return {}
  return Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [name, wholeSchema(document, schema, depth + 1)]),
  )
}
