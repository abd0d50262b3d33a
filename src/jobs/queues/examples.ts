// What the service answered, for the API's description.

export const queueExample = {
  object: 'queue',
  name: 'mail',
  paused: false,
  paused_at: null,
  limits: {
    concurrency: 20,
    key_concurrency: 2,
    rate: { limit: 100, period_seconds: 60 },
    key_rate: null,
    depth: 50_000,
  },
  counts: { waiting: 0, scheduled: 12, available: 340, running: 20, discarded: 3 },
  capped: [],
  oldest_available_at: '2026-11-23T23:39:29.165Z',
}

export const pausedQueue = { ...queueExample, paused: true, paused_at: '2026-11-23T23:41:07.330Z' }

export const blockedKeyExample = {
  object: 'blocked_key',
  order_key: 'ada@example.com',
  reason: 'discarded',
  job_id: 'job_01a20ac7640d7178935b43cbf4c72841',
  blocked_at: '2026-11-23T23:39:30.402Z',
  next_attempt_at: null,
  error: 'The mail server answered 451.',
  jobs_behind: 7,
}

export const pausedKeyExample = {
  object: 'paused_key',
  queue: 'mail',
  key: 'example.com',
  paused_until: '2026-11-23T23:51:07.330Z',
}
