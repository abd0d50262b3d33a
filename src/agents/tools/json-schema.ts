// Checks tool input against JSON Schema with ajv, which is loaded only once a tool needs it.
import type { Ajv, ErrorObject, ValidateFunction } from 'ajv'
import type { JsonSchema } from '../define.ts'
import type { InputIssue } from './schema.ts'
import { thrownMessage } from './thrown.ts'

type Draft = 'draft-07' | '2020-12'
type JsonSchemaCheck = (value: unknown) => InputIssue[]

// Compiling the meta-schema alone costs 20–60 ms, and ajv finds a malformed schema without it.
// There is no library of formats: `format` is shown to the model and not enforced.
const options = {
  strict: false,
  allErrors: true,
  meta: false,
  validateSchema: false,
  validateFormats: false,
  logger: false,
} as const

const compilers: Record<Draft, () => Promise<Ajv>> = {
  'draft-07': once(async () => new (await import('ajv')).Ajv(options)),
  '2020-12': once(async () => new (await import('ajv/dist/2020.js')).Ajv2020(options)),
}

/**
 * Compiles the schema; the check returns no issues for a value that fits it.
 * @throws Error saying what is wrong with the schema itself
 */
export async function compileJsonSchema(schema: JsonSchema): Promise<JsonSchemaCheck> {
  refuseMisshapen(schema)
  const ajv = await compilers[draftOf(schema)]()
  const validate = compile(ajv, schema)
  return value => (validate(value) ? [] : (validate.errors ?? []).map(toIssue))
}

function compile(ajv: Ajv, schema: JsonSchema): ValidateFunction {
  try {
    return ajv.compile(schema)
  } catch (error) {
    throw new Error(`not a valid JSON Schema: ${thrownMessage(error)}`)
  } finally {
    // Two tools may use the same $id, and a tool that is loaded again must not be kept twice.
    ajv.removeSchema(schema)
  }
}

/** What ajv would let pass and then not check. */
function refuseMisshapen(schema: JsonSchema): void {
  if ('$async' in schema) throw new Error('not a valid JSON Schema here: $async is not supported')
  const { properties } = schema
  if (typeof properties !== 'object' || properties === null) return
  for (const [name, property] of Object.entries(properties)) {
    if (typeof property === 'boolean' || (typeof property === 'object' && property !== null)) continue
    throw new Error(
      `not a valid JSON Schema: properties.${name} must be a schema such as { "type": "string" }, not ${JSON.stringify(property)}`,
    )
  }
}

function draftOf({ $schema }: JsonSchema): Draft {
  if ($schema === undefined) return 'draft-07'
  const uri = String($schema)
  if (/\/draft\/2020-12\/schema#?$/.test(uri)) return '2020-12'
  if (/\/draft-0[67]\/schema#?$/.test(uri)) return 'draft-07'
  throw new Error(`unsupported $schema ${JSON.stringify($schema)}; draft-07 and 2020-12 are supported`)
}

function toIssue({ instancePath, keyword, params, message = 'is not valid' }: ErrorObject): InputIssue {
  const detail =
    keyword === 'additionalProperties'
      ? `: ${JSON.stringify(params.additionalProperty)}`
      : keyword === 'enum'
        ? `: ${JSON.stringify(params.allowedValues)}`
        : keyword === 'const'
          ? `: ${JSON.stringify(params.allowedValue)}`
          : ''
  return { path: instancePath, message: message + detail }
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => {
    made ??= make()
    return made
  }
}
