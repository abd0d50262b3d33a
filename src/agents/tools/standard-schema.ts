// Standard Schema: checking, and finding the JSON Schema the model is shown.
import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { InputIssue } from './schema.ts'
import { thrownMessage } from './thrown.ts'

export function isStandardSchema(value: unknown): value is StandardSchemaV1 {
  const standard = member(value, '~standard')
  return typeof member(standard, 'validate') === 'function'
}

export async function validateStandard(
  schema: StandardSchemaV1,
  value: unknown,
): Promise<{ ok: true; value: unknown } | { ok: false; issues: InputIssue[] }> {
  const result = await schema['~standard'].validate(value)
  return result.issues === undefined
    ? { ok: true, value: result.value }
    : { ok: false, issues: result.issues.map(({ path = [], message }) => ({ path: pointer(path), message })) }
}

/**
 * The JSON Schema of what the schema accepts, made by the schema's own library. Only the schema object is asked: in the
 * compiled binary there is no other way to the library.
 * @throws Error saying why there is none and what to pass instead
 */
export function standardToJsonSchema(schema: StandardSchemaV1): unknown {
  const { vendor } = schema['~standard']
  const failures: string[] = []
  for (const convert of converters(schema)) {
    try {
      return convert()
    } catch (error) {
      failures.push(thrownMessage(error))
    }
  }
  const [reason] = failures
  if (reason !== undefined) {
    throw new Error(`${vendor} cannot turn it into JSON Schema: ${reason}. Pass a JSON Schema object instead`)
  }
  throw new Error(`this ${vendor} schema cannot describe itself as JSON Schema. ${advice[vendor] ?? advice.other}`)
}

const advice: Record<string, string> & { other: string } = {
  zod: 'Use zod 4.2 or later (not zod/mini), or pass z.toJSONSchema(schema), or pass a JSON Schema object instead',
  valibot: 'Wrap it with toStandardJsonSchema of @valibot/to-json-schema, or pass a JSON Schema object instead',
  other: 'Pass a JSON Schema object instead',
}

function* converters(schema: StandardSchemaV1): Generator<() => unknown> {
  const standard = member(schema, '~standard')
  const input = member(member(standard, 'jsonSchema'), 'input')
  if (typeof input === 'function') {
    for (const target of ['draft-07', 'draft-2020-12']) yield () => input({ target })
    return
  }
  for (const name of ['toJSONSchema', 'toJsonSchema']) {
    const method = member(schema, name)
    // `io` is zod's way to ask for what goes in; libraries without it ignore it.
    if (typeof method === 'function') yield () => method.call(schema, { io: 'input' })
  }
}

function member(value: unknown, key: string): unknown {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined
  return Reflect.get(value, key)
}

/** JSON pointer, as ajv writes paths. */
function pointer(path: ReadonlyArray<PropertyKey | StandardSchemaV1.PathSegment>): string {
  return path
    .map(segment => String(typeof segment === 'object' ? segment.key : segment))
    .map(key => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('')
}
