// What the service answered, for the API's description.

export const webhookExample = {
  id: 'whk_01a20ac7643c74ff917af328c26df1fb',
  object: 'webhook',
  name: 'our app',
  url: 'https://app.example.com/hooks/agents',
  events: ['run.completed', 'run.failed'],
  agents: null,
  state: 'enabled',
  disabled_reason: null,
  failing_since: null,
  previous_secret_until: null,
  created_at: '2026-11-23T23:39:29.212Z',
  updated_at: '2026-11-23T23:39:29.212Z',
}

export const deliveryExample = {
  id: 'dlv_01a20ac7654c71d0a4b83f0a5d1c62f4',
  object: 'delivery',
  webhook_id: webhookExample.id,
  run_id: 'run_01a20ac7640d7178935b43cbf4c72841',
  message_id: 'evt_01a20ac7654c71d0a4b83f09c2a4be13',
  event: 'run.completed',
  url: webhookExample.url,
  state: 'pending',
  attempts: 1,
  last_error: 'Its receiver answered 503.',
  next_attempt_at: '2026-11-23T23:40:35.610Z',
  created_at: '2026-11-23T23:40:29.212Z',
  finished_at: null,
}

export const tryExample = {
  at: '2026-11-23T23:40:29.244Z',
  status: 503,
  duration_ms: 41,
  error: 'Its receiver answered 503.',
  answer: 'try later',
}
