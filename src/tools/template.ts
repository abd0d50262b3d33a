import type { Json } from '../json.ts'

/** What stands for a field of the input, `{city}`, or for a named secret, `{{API_TOKEN}}`. */
const place = /\{\{\s*([A-Z][A-Z0-9_]*)\s*\}\}|\{([A-Za-z_][A-Za-z0-9_]*)\}/g

export interface Values {
  input: { readonly [name: string]: Json | undefined }
  secrets: ReadonlyMap<string, string>
}

/** The tool's input has no such field, and the place cannot be left out. */
export class FieldMissing extends Error {
  override readonly name = 'FieldMissing'
}

/** Names of the secrets that templates mention. */
export const secretsIn = (texts: string[]): string[] => [
  ...new Set(texts.flatMap(text => [...text.matchAll(place)].flatMap(([, secret]) => secret ?? []))),
]

/** Names of the input's fields that templates mention. */
export const fieldsIn = (texts: string[]): string[] => [
  ...new Set(texts.flatMap(text => [...text.matchAll(place)].flatMap(([, , field]) => field ?? []))),
]

/** Every text of a JSON value. */
export function textsOf(value: Json): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Array.isArray(value)
    ? value.flatMap(textsOf)
    : Object.entries(value).flatMap(([key, item]) => [key, ...textsOf(item)])
}

/** @throws FieldMissing */
export function fillText(template: string, values: Values, encode: (text: string) => string = text => text): string {
  return template.replaceAll(place, (_whole, secret: string | undefined, field: string | undefined) => {
    const value = secret === undefined ? values.input[field ?? ''] : values.secrets.get(secret)
    if (value === undefined || value === null) throw new FieldMissing(`There is no ${secret ?? field}.`)
    return encode(typeof value === 'string' ? value : JSON.stringify(value))
  })
}

/**
 * A URL whose values cannot leave their places: each is percent-encoded. A query parameter whose field is missing is left
 * out; one whose field is a list is there once for each of its items.
 * @throws FieldMissing for a part of the path
 */
export function fillUrl(template: string, values: Values): string {
  const [whole = ''] = template.split('#')
  const at = whole.indexOf('?')
  const path = fillText(at < 0 ? whole : whole.slice(0, at), values, encodePathPart)
  if (at < 0) return path
  const query = whole
    .slice(at + 1)
    .split('&')
    .filter(Boolean)
    .flatMap(pair => fillPair(pair, values))
  return query.length === 0 ? path : `${path}?${query.join('&')}`
}

/** `..` and `.` would be taken for steps up the path. */
const encodePathPart = (text: string): string => encodeURIComponent(text).replaceAll('.', '%2E')

function fillPair(pair: string, values: Values): string[] {
  const equals = pair.indexOf('=')
  const value = pair.slice(equals + 1)
  const only = /^\{([A-Za-z_][A-Za-z0-9_]*)\}$/.exec(value)?.[1]
  const list = only === undefined ? undefined : values.input[only]
  try {
    if (Array.isArray(list)) {
      return list.map(
        item =>
          `${pair.slice(0, equals)}=${encodeURIComponent(typeof item === 'string' ? item : JSON.stringify(item))}`,
      )
    }
    return [fillText(pair, values, encodeURIComponent)]
  } catch (error) {
    if (error instanceof FieldMissing) return []
    throw error
  }
}

const nothing = Symbol('nothing')

/** JSON in which a text that is one place alone becomes the value itself; missing ones are left out of objects and lists. */
export function fillJson(template: Json, values: Values): Json {
  const filled = fill(template, values)
  return filled === nothing ? null : filled
}

function fill(template: Json, values: Values): Json | typeof nothing {
  if (typeof template === 'string') {
    const field = /^\{([A-Za-z_][A-Za-z0-9_]*)\}$/.exec(template)?.[1]
    if (field !== undefined) return values.input[field] ?? nothing
    try {
      return fillText(template, values)
    } catch (error) {
      if (error instanceof FieldMissing) return nothing
      throw error
    }
  }
  if (typeof template !== 'object' || template === null) return template
  if (Array.isArray(template)) return template.map(item => fill(item, values)).filter(item => item !== nothing)
  const entries = Object.entries(template).map(([key, item]) => [key, fill(item, values)] as const)
  return Object.fromEntries(entries.filter((entry): entry is readonly [string, Json] => entry[1] !== nothing))
}
