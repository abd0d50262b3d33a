// What the service answered, for the API's description.

const id = 'sch_01a20ac7643c74ff917af328c26df1fb'

export const scheduleExample = {
  id,
  object: 'schedule',
  name: 'morning',
  source: 'api',
  status: 'active',
  agent: 'echo',
  input: 'What is new?',
  thread_id: null,
  metadata: {},
  cron: '0 9 * * 1-5',
  at: null,
  timezone: 'Europe/Berlin',
  start_at: null,
  end_at: null,
  jitter_seconds: 0,
  catch_up: 'one',
  catch_up_limit: 100,
  catch_up_max_age_seconds: null,
  overlap: 'skip',
  max_attempts: 5,
  timeout_seconds: null,
  next_fire_at: '2026-11-24T08:00:00.000Z',
  last_fire_at: '2026-11-23T08:00:00.000Z',
  created_at: '2026-11-20T14:03:11.420Z',
  updated_at: '2026-11-20T14:03:11.420Z',
}

export const occurrenceExample = {
  schedule_id: id,
  object: 'occurrence',
  fire_at: '2026-11-23T08:00:00.000Z',
  origin: 'rule',
  outcome: 'fired',
  detail: null,
  run_id: 'run_01a20ac7640d7178935b43cbf4c72841',
  run_status: 'completed',
  created_at: '2026-11-23T08:00:00.004Z',
}

export const fireExample = {
  fire_at: '2026-03-29T01:00:00.000Z',
  due_at: null,
  local_time: '2026-03-29T03:00:00+02:00',
}

/** Where the schedule is, in the answer that makes one. */
export const locationHeader = {
  location: {
    description: 'Path of the schedule.',
    schema: { type: 'string' } as const,
    example: `/v1/schedules/${id}`,
  },
}
