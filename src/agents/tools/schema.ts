import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Json } from '../../json.ts'
import type { JsonSchema } from '../define.ts'
import { compileJsonSchema } from './json-schema.ts'
import { isStandardSchema, standardToJsonSchema, validateStandard } from './standard-schema.ts'

/** `path` is a JSON pointer into the input; empty for the input itself. */
export interface InputIssue {
  path: string
  message: string
}

export type CheckedInput = { ok: true; value: unknown } | { ok: false; issues: InputIssue[] }

/** A JSON Schema that is nothing but JSON. */
export type PlainJsonSchema = { [key: string]: Json }

export interface ToolSchema {
  /** Plain JSON of type `object`: what the model is shown. */
  jsonSchema: PlainJsonSchema
  /** The value is what the schema makes of it (defaults, transformations). Rejects only if the schema's own code throws. */
  validate(value: unknown): Promise<CheckedInput>
}

/**
 * Makes a tool's `input` ready for use.
 * @throws Error saying what is wrong, to be read after the tool's name
 */
export async function toolSchema(input: StandardSchemaV1 | JsonSchema): Promise<ToolSchema> {
  if (isStandardSchema(input)) {
    const jsonSchema = plainObjectSchema(standardToJsonSchema(input))
    return { jsonSchema, validate: value => validateStandard(input, value) }
  }
  if ('~standard' in input) throw new Error('its input has no `~standard.validate`, so it cannot check anything')
  const jsonSchema = plainObjectSchema(input)
  const check = await compileJsonSchema(jsonSchema)
  return {
    jsonSchema,
    async validate(value) {
      const issues = check(value)
      return issues.length === 0 ? { ok: true, value } : { ok: false, issues }
    },
  }
}

/** Drops what JSON cannot hold (TypeBox keeps symbols on its schemas), so that what is stored is what is used. */
export function plainObjectSchema(schema: unknown): PlainJsonSchema {
  const plain: Json = JSON.parse(JSON.stringify(schema) ?? 'null')
  if (!isObject(plain)) throw new Error('its input must be a JSON Schema object or a Standard Schema')
  if (plain.type !== 'object') {
    throw new Error('its input schema must have `type: "object"` at the top: models call tools with named arguments')
  }
  return plain
}

const isObject = (value: Json): value is PlainJsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
