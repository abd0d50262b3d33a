// What the service answered, for the API's description.

const id = 'job_01a20ac7640d7178935b43cbf4c72841'

export const jobExample = {
  id,
  object: 'job',
  queue: 'mail',
  kind: 'send-mail',
  state: 'discarded',
  priority: 0,
  payload: { to: 'ada@example.com' },
  result: null,
  progress: { sent: 0, of: 1 },
  attempt: 2,
  max_attempts: 2,
  errors: [
    { attempt: 1, at: '2026-11-23T23:39:29.171Z', message: 'The mail server answered 451.' },
    { attempt: 2, at: '2026-11-23T23:39:30.402Z', message: 'The mail server answered 451.' },
  ],
  redrives: [],
  order_key: 'ada@example.com',
  limit_key: 'example.com',
  depends_on: [],
  waits_for: 0,
  run_at: '2026-11-23T23:39:30.398Z',
  timeout_seconds: 30,
  worker: null,
  cancel_requested_at: null,
  created_at: '2026-11-23T23:39:29.165Z',
  started_at: '2026-11-23T23:39:29.169Z',
  finished_at: '2026-11-23T23:39:30.402Z',
}

export const cancelledJob = {
  ...jobExample,
  state: 'cancelled',
  progress: null,
  attempt: 0,
  errors: [],
  cancel_requested_at: '2026-11-23T23:39:30.402Z',
  started_at: null,
}

export const retriedJob = {
  ...jobExample,
  state: 'available',
  max_attempts: 4,
  redrives: [
    {
      at: '2026-11-24T08:12:45.018Z',
      state: 'discarded',
      attempt: 2,
      by: 'key_01a20ac7643c74ff917af328c26df1fb',
    },
  ],
  run_at: '2026-11-24T08:12:45.018Z',
  finished_at: null,
}

export const logLineExample = {
  job_id: id,
  attempt: 1,
  line: 1,
  message: 'Connected to the mail server.',
  created_at: '2026-11-23T23:39:29.170Z',
}
