import { t } from 'elysia'
import { integer } from '../http/integer.ts'
import { iso, isoOrNull } from '../http/iso-time.ts'
import { oneOf } from '../http/one-of.ts'
import { jobStates } from '../queue/job-state.ts'
import type { Redriven } from '../queue/redrive.ts'
import type { LogLine } from '../queue/sql/job-logs.ts'
import { jobExample, logLineExample } from './examples.ts'
import type { Job } from './job.ts'
import { shownLimitKey, shownOrderKey } from './keys.ts'

const time = (description: string) => t.String({ format: 'date-time', description })

export const JobStateSchema = oneOf([...jobStates], { description: 'The last three are final.' })

export const JobObject = t.Object(
  {
    id: t.String(),
    object: t.Literal('job'),
    queue: t.String(),
    kind: t.String(),
    state: JobStateSchema,
    priority: integer({ description: 'Lower goes first.' }),
    payload: t.Any({ description: 'As it was sent.' }),
    result: t.Any({ description: 'What its handler returned; null until completed.' }),
    progress: t.Any({ description: 'What its handler last said of how far it is.' }),
    attempt: integer({ description: 'Number of the present or last attempt, 0 before the first.' }),
    max_attempts: integer({ description: 'When so many have failed it is discarded.' }),
    errors: t.Array(
      t.Object({ attempt: integer(), at: time('When it failed.'), message: t.String() }, { title: 'JobError' }),
      { description: 'What became of each attempt that failed.' },
    ),
    redrives: t.Array(
      t.Object(
        {
          at: time('When somebody wanted it.'),
          state: JobStateSchema,
          attempt: integer({ description: 'The last one until then.' }),
          by: t.Nullable(t.String({ description: 'Id of the key.' })),
        },
        { title: 'Redrive' },
      ),
      { description: 'Each time it was tried again after its end.' },
    ),
    order_key: t.Nullable(t.String({ description: 'Jobs of one key run one at a time, in order.' })),
    limit_key: t.Nullable(t.String({ description: 'Jobs of one key share the limits per key of their queue.' })),
    depends_on: t.Array(t.String(), { description: 'Ids of the jobs it was to wait for, as far as they are kept.' }),
    waits_for: integer({ description: 'How many of them have not ended.' }),
    run_at: time('When it is or was due.'),
    timeout_seconds: t.Nullable(t.Number({ description: 'What one attempt may take.' })),
    worker: t.Nullable(t.String({ description: 'Who has it, while it is running.' })),
    cancel_requested_at: t.Nullable(time('When somebody first wanted it cancelled.')),
    created_at: time('When it was stored.'),
    started_at: t.Nullable(time('When its first attempt began.')),
    finished_at: t.Nullable(time('When it came to its end.')),
  },
  { title: 'Job', description: 'One piece of work on the queue.', examples: [jobExample] },
)

export const LogLineObject = t.Object(
  {
    job_id: t.String(),
    attempt: integer(),
    line: integer({ description: 'From 1 in each attempt.' }),
    message: t.String(),
    created_at: time('When its handler said it.'),
  },
  { title: 'JobLogLine', description: 'What the handler of a job said.', examples: [logLineExample] },
)

export const RetriedObject = t.Object(
  {
    retried: integer({ description: 'How many are tried again.' }),
    ids: t.Array(t.String(), { description: 'Their ids, the oldest first.' }),
    refused: t.Array(t.Object({ id: t.String(), reason: t.String() }), {
      description: 'Those of the ids that are of a kind that cannot be tried again.',
    }),
  },
  {
    title: 'Retried',
    description: 'What is tried again.',
    examples: [{ retried: 1, ids: [jobExample.id], refused: [] }],
  },
)

export const jobToWire = (job: Job) => ({
  id: job.id,
  object: 'job' as const,
  queue: job.queue,
  kind: job.kind,
  state: job.state,
  priority: job.priority,
  payload: job.payload,
  result: job.result,
  progress: job.progress,
  attempt: job.attempt,
  max_attempts: job.maxAttempts,
  errors: job.errors.map(({ attempt, at, message }) => ({ attempt, at: iso(at), message })),
  redrives: job.redrives.map(({ at, state, attempt, by }) => ({ at: iso(at), state, attempt, by })),
  order_key: job.orderKey === null ? null : shownOrderKey(job.tenantId, job.orderKey),
  limit_key: job.limitKey === null ? null : shownLimitKey(job.tenantId, job.limitKey),
  depends_on: job.dependsOn,
  waits_for: job.waitsFor,
  run_at: iso(job.runAt),
  timeout_seconds: job.timeoutMs === null ? null : job.timeoutMs / 1000,
  worker: job.worker,
  cancel_requested_at: isoOrNull(job.cancelRequestedAt),
  created_at: iso(job.createdAt),
  started_at: isoOrNull(job.startedAt),
  finished_at: isoOrNull(job.finishedAt),
})

export const logLineToWire = (jobId: string, { attempt, line, message, createdAt }: LogLine) => ({
  job_id: jobId,
  attempt,
  line,
  message,
  created_at: iso(createdAt),
})

export const retriedToWire = ({ redriven, refused }: Redriven) => ({
  retried: redriven.length,
  ids: redriven.map(({ id }) => id),
  refused,
})

export const jobList = { name: 'jobs', position: (job: { id: string }) => job.id, pattern: /^job_[0-9a-f]{32}$/ }
