import type { InputIssue } from '../agents/tools/schema.ts'
import type { Actor, AppContext } from '../context.ts'
import type { FieldError } from '../errors.ts'
import { uniqueKeyOf } from '../queue/enqueue.ts'
import type { NewJob } from '../queue/job.ts'
import { newId } from '../runtime/id.ts'
import type { JobBody } from './create-body.ts'
import type { LoadedJob } from './files/load.ts'
import { storedLimitKey, storedOrderKey } from './keys.ts'
import { uniqueRule } from './unique-rule.ts'

/** One job of a request. `at` is the JSON pointer to it. */
export interface RequestedJob {
  body: JobBody
  at: string
}

const defaultMaxAttempts = 5
const errorsShown = 64

/** What is wrong with a request, job by job. Runs the schemas of the kinds. */
export async function requestErrors(
  fileJobs: AppContext['fileJobs'],
  requested: RequestedJob[],
): Promise<FieldError[]> {
  const errors: FieldError[] = []
  const queues = new Set([...fileJobs.values()].map(({ queue }) => queue))
  for (const { body, at } of requested) {
    if (errors.length >= errorsShown) break
    const job = fileJobs.get(body.kind)
    if (job) errors.push(...(await payloadErrors(job, body.payload, at)))
    else errors.push(wrong(`${at}/kind`, `No job has the name "${body.kind}"; ${known([...fileJobs.keys()])}.`))
    if (body.queue !== undefined && !queues.has(body.queue)) {
      errors.push(wrong(`${at}/queue`, `No job file names the queue "${body.queue}"; ${known([...queues])}.`))
    }
    errors.push(...contradictions(body, at))
  }
  return errors
}

const known = (names: string[]): string =>
  names.length === 0 ? 'none is known' : `known are ${names.sort().join(', ')}`

async function payloadErrors(job: LoadedJob, payload: unknown, at: string): Promise<FieldError[]> {
  const checked = await job.checkInput(payload === undefined ? {} : payload)
  const toError = ({ path, message }: InputIssue) => wrong(`${at}/payload${path}`, message)
  return checked.ok ? [] : checked.issues.map(toError)
}

function contradictions({ unique, debounce, throttle, delay_seconds: delay }: JobBody, at: string): FieldError[] {
  const rules = Object.entries({ unique, debounce, throttle }).filter(([, rule]) => rule !== undefined)
  const [, second] = rules
  if (second) return [wrong(`${at}/${second[0]}`, 'Only one of unique, debounce and throttle can be given.')]
  if (debounce && delay !== undefined) return [wrong(`${at}/delay_seconds`, 'The debounce says when it starts.')]
  return []
}

const wrong = (path: string, message: string): FieldError => ({ in: 'body', path, message })

/** The request's words as the queue's, for jobs without errors. Refs become ids. */
export function newJobs(
  { tenantId, span }: Actor,
  fileJobs: AppContext['fileJobs'],
  requested: RequestedJob[],
): NewJob[] {
  const ids = requested.map(() => newId('job'))
  const byRef = new Map(requested.map(({ body }, index) => [body.ref, ids[index]]))
  return requested.flatMap(({ body }, index) => {
    const { kind } = body
    const [id, job] = [ids[index], fileJobs.get(kind)]
    if (id === undefined || job === undefined) return []
    const { maxAttempts = defaultMaxAttempts, timeoutSeconds } = job.definition
    const seconds = body.timeout_seconds ?? timeoutSeconds
    return {
      id,
      tenantId,
      kind,
      queue: body.queue ?? job.queue,
      payload: body.payload === undefined ? {} : body.payload,
      priority: body.priority ?? 0,
      delayMs: (body.debounce?.seconds ?? body.delay_seconds ?? 0) * 1000,
      maxAttempts: body.max_attempts ?? maxAttempts,
      timeoutMs: seconds === undefined ? null : seconds * 1000,
      orderKey: body.order ? storedOrderKey(tenantId, body.order.key) : null,
      orderBlocks: body.order?.on_failure === 'block',
      limitKey: body.limit_key === undefined ? null : storedLimitKey(tenantId, body.limit_key),
      unique: uniqueRule(body, key => uniqueKeyOf({ tenantId, kind, key })),
      dependsOn: [...new Set((body.depends_on ?? []).map(name => byRef.get(name) ?? name))],
      runsAfterFailure: body.run_after_failure ?? false,
      traceParent: span?.handed,
    }
  })
}
