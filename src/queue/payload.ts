import type { TSchema } from '@sinclair/typebox'
import { type TypeCheck, TypeCompiler } from '@sinclair/typebox/compiler'
import { AppError, type FieldError } from '../errors.ts'
import { fieldErrors } from '../errors-of-fields.ts'
import type { Json } from '../json.ts'
import type { NewJob } from './job.ts'
import type { JobKind } from './kind.ts'

/**
 * @param at JSON pointer to the job in what its enqueuer has sent
 * @throws AppError invalid_request where the kind is not known, or the payload does not fit it
 */
export function checkPayload(kinds: ReadonlyMap<string, JobKind>, { kind, payload }: NewJob, at: string): void {
  const known = kinds.get(kind)
  if (!known) throw invalid([{ in: 'body', path: `${at}/kind`, message: `There is no job kind "${kind}".` }])
  const faults = payloadFaults(known, payload)
  if (faults.length > 0) throw invalid(faults.map(fault => ({ ...fault, path: `${at}/payload${fault.path}` })))
}

/** What of a payload does not fit its kind; the paths are JSON pointers into the payload. */
export function payloadFaults({ payload: schema }: JobKind, payload: Json): FieldError[] {
  if (!schema) return []
  const check = compiled(schema)
  if (check.Check(payload)) return []
  return fieldErrors(Iterator.from(check.Errors(payload)).take(issuesAtMost).toArray(), 'body')
}

/** A long list may hold as many faults as items. */
const issuesAtMost = 64

function invalid(errors: FieldError[]): AppError {
  const [first] = errors
  return new AppError('invalid_request', `The job is wrong at ${first?.path}: ${first?.message}`, { errors })
}

const checks = new WeakMap<TSchema, TypeCheck<TSchema>>()

function compiled(schema: TSchema): TypeCheck<TSchema> {
  const known = checks.get(schema)
  if (known) return known
  const check = TypeCompiler.Compile(schema)
  checks.set(schema, check)
  return check
}
