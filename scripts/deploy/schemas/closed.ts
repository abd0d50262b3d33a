import type { TSchema } from '@sinclair/typebox'
import Ajv from 'ajv'

/** Holds a value against a schema; empty where it fits. Keys that the schema does not name are its own to refuse. */
export function faultsAgainst(schema: TSchema, value: unknown): string[] {
  const validate = new Ajv({ strict: false, allErrors: true }).compile(schema)
  if (validate(value)) return []
  return (validate.errors ?? []).map(({ instancePath, message, params }) => {
    const key = 'additionalProperty' in params ? `: ${params.additionalProperty}` : ''
    return `${instancePath || '/'} ${message}${key}`
  })
}
