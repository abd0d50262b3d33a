// What the service answered, for the API's description.

const id = 'run_01a20ac7640d7178935b43cbf4c72841'

export const completedRun = {
  id,
  object: 'run',
  agent: 'echo',
  agent_version: 1,
  thread_id: null,
  status: 'completed',
  input: 'hello',
  output: 'hello',
  error: null,
  usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2, cost_usd: 0 },
  tool_calls: null,
  attempt: 1,
  metadata: { order: 42 },
  created_at: '2026-11-23T23:39:29.165Z',
  started_at: '2026-11-23T23:39:29.169Z',
  finished_at: '2026-11-23T23:39:29.171Z',
}

export const queuedRun = {
  ...completedRun,
  status: 'queued',
  output: null,
  usage: { input_tokens: 0, output_tokens: 0, total_tokens: 0, cost_usd: 0 },
  attempt: 0,
  started_at: null,
  finished_at: null,
}

export const cancelledRun = {
  ...queuedRun,
  status: 'cancelled',
  finished_at: '2026-11-23T23:39:30.402Z',
}

export const textEvent = {
  run_id: id,
  seq: 4,
  type: 'text.delta',
  data: { step: 1, text: 'hello' },
  created_at: '2026-11-23T23:39:29.170Z',
}

const stream = `id: 1
event: run.created
data: {"agent":"echo","agent_version":1,"thread_id":null}

id: 2
event: run.started
data: {"attempt":1}

id: 3
event: step.started
data: {"step":1,"kind":"model","model":"builtin/echo"}

id: 4
event: text.delta
data: {"step":1,"text":"hello"}

id: 5
event: step.completed
data: {"step":1,"kind":"model","content":[{"type":"text","text":"hello"}],"finish_reason":"stop","usage":{"input_tokens":1,"output_tokens":1,"total_tokens":2,"cost_usd":0}}

id: 6
event: run.completed
data: {"output":"hello","usage":{"input_tokens":1,"output_tokens":1,"total_tokens":2,"cost_usd":0}}

`

const text = { type: 'string' } as const

/** Where the run is, in the answers that make one. */
export const locationHeader = { location: { description: 'Path of the run.', schema: text, example: `/v1/runs/${id}` } }

/** The answer of whatever streams the events of a run. */
export const eventStream = {
  description: 'The events, until the terminal one.',
  headers: {
    'content-location': { description: 'Path of the run.', schema: text, example: `/v1/runs/${id}` },
    location: { description: 'Where to resume.', schema: text, example: `/v1/runs/${id}/stream` },
  },
  content: { 'text/event-stream': { schema: text, example: stream } },
}
