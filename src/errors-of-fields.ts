import { type ValueError, ValueErrorType } from '@sinclair/typebox/errors'
import type { FieldError } from './errors.ts'

/** What did not fit a schema, once a field, in words for people. */
export function fieldErrors(issues: ValueError[], where: FieldError['in']): FieldError[] {
  const byPath = new Map<string, FieldError>()
  for (const issue of issues.flatMap(meant)) {
    // A field that is missing is also of the wrong type: the first word on it is enough.
    if (!byPath.has(issue.path)) byPath.set(issue.path, { in: where, path: issue.path, message: words(issue, where) })
  }
  return [...byPath.values()]
}

/** Of a union that does not fit: what is wrong with the alternative that was meant, by its type. */
function meant(issue: ValueError): ValueError[] {
  if (issue.type !== ValueErrorType.Union) return [issue]
  const alternatives = issue.errors.map(errors => first(errors, faultsAtMost))
  const nearest = alternatives.find(([fault]) => fault && (fault.path !== issue.path || !isOfAnotherType(fault)))
  return nearest?.flatMap(meant) ?? [issue]
}

/** A long list may hold as many faults as items. */
const faultsAtMost = 64

function first(errors: Iterable<ValueError>, count: number): ValueError[] {
  const found: ValueError[] = []
  for (const error of errors) if (found.push(error) === count) break
  return found
}

const typeNames: Record<string, string> = {
  string: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
  null: 'null',
}

const typeFaults: ReadonlySet<ValueErrorType> = new Set([
  ValueErrorType.String,
  ValueErrorType.Integer,
  ValueErrorType.Number,
  ValueErrorType.Boolean,
  ValueErrorType.Object,
  ValueErrorType.Array,
  ValueErrorType.Null,
  ValueErrorType.Literal,
])

const isOfAnotherType = ({ type }: ValueError): boolean => typeFaults.has(type)

function words({ type, schema, value, message }: ValueError, where: FieldError['in']): string {
  // Elysia makes null of a path that it cannot decode.
  if (where === 'path' && value === null) return 'It is not percent-encoded UTF-8.'
  switch (type) {
    case ValueErrorType.ObjectAdditionalProperties:
      return 'There is no such field.'
    case ValueErrorType.ObjectRequiredProperty:
      return 'It is missing.'
    case ValueErrorType.Union:
      return `It must be ${alternativesOf(schema).join(' or ')}.`
    case ValueErrorType.StringFormat:
      return `It must be ${typeNames[String(schema.format)] ?? `a ${schema.format}`}.`
    case ValueErrorType.Kind:
      return Array.isArray(schema.enum) ? `It must be one of ${schema.enum.join(', ')}.` : message
    case ValueErrorType.Literal:
      return `It must be ${JSON.stringify(schema.const)}.`
    default:
      return typeFaults.has(type) ? `It must be ${typeName(schema)}.` : message
  }
}

const typeName = (schema: ValueError['schema']): string => typeNames[String(schema.type)] ?? 'something else'

const alternativesOf = (schema: ValueError['schema']): string[] =>
  Array.isArray(schema.anyOf) ? [...new Set(schema.anyOf.map(typeName))] : []
