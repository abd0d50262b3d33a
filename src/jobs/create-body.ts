import { type Static, t } from 'elysia'
import { integer } from '../http/integer.ts'
import { oneOf } from '../http/one-of.ts'
import { nameText } from '../http/params.ts'
import { jobStates } from '../queue/job-state.ts'

const closed = { additionalProperties: false }
const yearSeconds = 31_536_000

const key = (description: string) => nameText({ minLength: 1, maxLength: 255, description })
const seconds = (description: string) => t.Number({ minimum: 0.001, maximum: yearSeconds, description })

const fields = {
  payload: t.Optional(t.Any({ description: 'JSON that fits the input of the kind; default `{}`.' })),
  queue: t.Optional(
    nameText({ minLength: 1, maxLength: 64, description: 'One that a kind names; default: the kind’s own.' }),
  ),
  priority: t.Optional(integer({ minimum: -1_000, maximum: 1_000, description: 'Lower goes first; default 0.' })),
  delay_seconds: t.Optional(t.Number({ minimum: 0, maximum: yearSeconds, description: 'Start no sooner than that.' })),
  max_attempts: t.Optional(
    integer({ minimum: 1, maximum: 100, description: 'How often to try, when tries fail; default: the kind’s.' }),
  ),
  timeout_seconds: t.Optional(
    t.Number({ minimum: 0.001, maximum: 604_800, description: 'What one try may take; default: the kind’s.' }),
  ),
  order: t.Optional(
    t.Object(
      {
        key: key('Jobs of one key run one at a time, in the order in which they were made.'),
        on_failure: t.Optional(
          oneOf(['continue', 'block'], {
            default: 'continue',
            description: '`block`: after it is discarded, the key waits until it is tried again or cancelled.',
          }),
        ),
      },
      closed,
    ),
  ),
  limit_key: t.Optional(key('Jobs of one key share the limits per key of their queue.')),
  unique: t.Optional(
    t.Object(
      {
        key: key('Of the kind: while another job has it, no second one is made, and that other is answered with.'),
        states: t.Optional(
          t.Array(oneOf([...jobStates]), {
            minItems: 1,
            uniqueItems: true,
            description:
              'A job has its key until it begins, and in these states; default `running`, and with `for_seconds` also `completed`.',
          }),
        ),
        for_seconds: t.Optional(seconds('After that long the key is free in any state.')),
      },
      { ...closed, description: 'At most one of `unique`, `debounce` and `throttle`.' },
    ),
  ),
  debounce: t.Optional(
    t.Object(
      {
        key: key('Of the kind: a job with it that has not begun takes this payload, and waits anew.'),
        seconds: seconds('How long to wait for another.'),
        max_seconds: t.Optional(seconds('From when the first was made on, it waits no longer than that.')),
      },
      closed,
    ),
  ),
  throttle: t.Optional(
    t.Object(
      { key: key('Of the kind.'), seconds: seconds('At most one job of the key is made in that time.') },
      closed,
    ),
  ),
  ref: t.Optional(key('A name by which other jobs of the same request depend on this one.')),
  depends_on: t.Optional(
    t.Array(nameText({ minLength: 1, maxLength: 255 }), {
      maxItems: 1_000,
      description: 'Ids of jobs, or refs of this request: it begins when all of them have ended.',
    }),
  ),
  run_after_failure: t.Optional(
    t.Boolean({
      description:
        'It begins also when one it depends on was cancelled or discarded; else it is cancelled then. Default false.',
    }),
  ),
}

const kind = nameText({ minLength: 1, maxLength: 64, description: 'Name of the job’s file.', examples: ['send-mail'] })

const JobBody = t.Object(
  { kind, ...fields },
  {
    ...closed,
    title: 'NewJob',
    description: 'Work to be done.',
    examples: [{ kind: 'send-mail', payload: { to: 'ada@example.com' } }],
  },
)

/** Of one schema, and not a union of two, so that each fault is told where it stands. */
export const JobsBody = t.Object(
  {
    kind: t.Optional(kind),
    ...fields,
    jobs: t.Optional(t.Array(JobBody, { minItems: 1, maxItems: 1_000, description: 'Many, all of them or none.' })),
  },
  {
    ...closed,
    title: 'NewJobs',
    description: 'One job, or `jobs` and nothing else.',
    examples: [{ kind: 'send-mail', payload: { to: 'ada@example.com' } }],
  },
)

export type JobBody = Static<typeof JobBody>
export type JobsBody = Static<typeof JobsBody>

export const CreatedJobObject = t.Object(
  {
    job: t.Object({
      id: t.String(),
      state: oneOf([...jobStates], { description: 'As it was when it was stored, or found.' }),
    }),
    created: t.Boolean({ description: 'False: there was one with its key already, which this is.' }),
    ref: t.Optional(t.String({ description: 'As it was sent.' })),
  },
  {
    title: 'CreatedJob',
    description: 'A job that was made, or that was there.',
    examples: [{ job: { id: 'job_019a1b2c3d4e7f608192a3b4c5d6e7f8', state: 'available' }, created: true }],
  },
)

export const CreatedJobsObject = t.Object(
  { object: t.Literal('list'), data: t.Array(CreatedJobObject, { description: 'In the order of the request.' }) },
  {
    title: 'CreatedJobs',
    description: 'What became of each job of a request.',
    examples: [{ object: 'list', data: CreatedJobObject.examples }],
  },
)
