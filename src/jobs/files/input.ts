import type { JobDefinition } from '../../agents/define.ts'
import { compileJsonSchema } from '../../agents/tools/json-schema.ts'
import type { CheckedInput } from '../../agents/tools/schema.ts'
import { isStandardSchema, validateStandard } from '../../agents/tools/standard-schema.ts'

/** The value is what the schema makes of it. Rejects only if the schema's own code throws. */
export type InputCheck = (payload: unknown) => Promise<CheckedInput>

/**
 * Makes a job's `input` ready for use.
 * @throws Error saying what is wrong with the schema
 */
export async function inputCheck(input: JobDefinition['input']): Promise<InputCheck> {
  if (isStandardSchema(input)) return payload => validateStandard(input, payload)
  if ('~standard' in input) throw new Error('its input has no `~standard.validate`, so it cannot check anything')
  // TypeBox keeps symbols on its schemas; what counts is the JSON.
  const check = await compileJsonSchema(JSON.parse(JSON.stringify(input)))
  return async payload => {
    const issues = check(payload)
    return issues.length === 0 ? { ok: true, value: payload } : { ok: false, issues }
  }
}
