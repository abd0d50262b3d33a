import type { JobDefinition } from '../../agents/define.ts'
import {
  type Check,
  isCount,
  isFunction,
  isObject,
  isSchema,
  matches,
  must,
  objectProblems,
  type Problem,
  show,
} from '../../agents/files/shape.ts'

type CheckedDefinition = { ok: true; definition: JobDefinition } | { ok: false; problems: Problem[] }

/** Every problem of a definition at once. Its schema is not compiled here, only looked at. */
export function validateJob(value: unknown): CheckedDefinition {
  if (!isObject(value)) {
    return { ok: false, problems: [{ message: `a job must be an object made by defineJob, not ${show(value)}` }] }
  }
  const problems = [
    ...objectProblems(value, jobShape, ''),
    ...(isObject(value.retry) ? objectProblems(value.retry, retryShape, 'retry: ') : []),
  ]
  if (problems.length > 0) return { ok: false, problems }
  // Safe: every key of JobDefinition has a check below, the compiler sees to that, and all have passed.
  return { ok: true, definition: value as unknown as JobDefinition }
}

const isName = must('must be 1–64 lower-case letters, digits, "_", "-" or "."', matches(/^[a-z0-9_.-]{1,64}$/))
const isSeconds = (max: number) =>
  must(`must be a number above 0 and at most ${max}`, value => typeof value === 'number' && value > 0 && value <= max)
const weekSeconds = 604_800

const jobShape = {
  checks: {
    name: isName,
    queue: isName,
    input: isSchema,
    maxAttempts: isCount,
    timeoutSeconds: isSeconds(weekSeconds),
    retry: must('must be an object with baseSeconds and capSeconds', isObject),
    keepCompleted: must('must be true or false', value => typeof value === 'boolean'),
    run: isFunction,
  } satisfies Record<keyof JobDefinition, Check>,
  required: ['name', 'input', 'run'],
  aliases: {
    kind: 'name',
    payload: 'input',
    schema: 'input',
    parameters: 'input',
    handler: 'run',
    perform: 'run',
    execute: 'run',
    timeout: 'timeoutSeconds',
    attempts: 'maxAttempts',
    retries: 'maxAttempts',
    backoff: 'retry',
  },
}

const retryShape = {
  checks: {
    baseSeconds: isSeconds(weekSeconds),
    capSeconds: isSeconds(weekSeconds),
  } satisfies Record<keyof NonNullable<JobDefinition['retry']>, Check>,
  required: [],
  aliases: { base: 'baseSeconds', cap: 'capSeconds', max: 'capSeconds' },
}
