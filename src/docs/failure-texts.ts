import type { ErrorCode } from '../errors.ts'

/** What a failure says as its `detail`, for people. */
export type Texts = Partial<Record<ErrorCode, string>>

/** What is shown as `detail` where an operation has nothing of its own to say. */
export const details: Record<ErrorCode, string> = {
  invalid_request: "The body is wrong at /input: Property 'input' is missing",
  malformed_body: 'The body is not JSON: JSON Parse error: Unexpected EOF',
  invalid_cursor: 'The cursor is not one of this list. Take next_cursor from its last page.',
  unauthorized: 'Send a key as "Authorization: Bearer <key>" or "x-api-key: <key>".',
  forbidden: 'The key needs the scope runs:write.',
  not_found: 'No run has the id run_01a20ac7640d7178935b43cbf4c72841.',
  method_not_allowed: 'There is no such method here.',
  conflict: 'The idempotency key is just being released. Try again.',
  idempotency_mismatch:
    'This idempotency key was used for run run_01a20ac7640d7178935b43cbf4c72841 with a different request.',
  thread_busy: 'Thread thr_01a20ac7643c74ff917af328c26df1fb has an unfinished run, and this one asked not to wait.',
  body_too_large: 'The body may have 4194304 bytes at most.',
  unsupported_media_type: 'Send the body as content-type application/json.',
  rate_limited: 'This key may send 600 requests a minute.',
  internal: 'An internal error. The log has more under this request id.',
  provider_error: 'Run run_01a20ac7640d7178935b43cbf4c72841 failed: The model provider answered 401.',
  unavailable: 'The database cannot be reached.',
  timeout: 'Run run_01a20ac7640d7178935b43cbf4c72841 failed: It took longer than 60 seconds.',
  storage_full: 'The disk is full: nothing was stored.',
}

const fromFile =
  'Schedule sch_01a20ac7643c74ff917af328c26df1fb is defined in an agent file. It can be paused, resumed and triggered over the API.'
const goneFromFile = 'Schedule sch_01a20ac7643c74ff917af328c26df1fb is no longer in its agent file.'

const disabledHook = 'Webhook whk_01a20ac7643c74ff917af328c26df1fb is disabled. Enable it first.'
const noDelivery = 'No delivery has the id dlv_01a20ac7654c71d0a4b83f0a5d1c62f4.'

const noBackups = 'BACKUP_TO is not set: the service has no place for backups.'

/** Failures that single operations have, besides those that follow from their form. By operationId. */
export const ownFailures: Readonly<Record<string, Texts>> = {
  chat: {
    not_found: 'No agent has the id nobody.',
    conflict: 'Run run_01a20ac7640d7178935b43cbf4c72841 was cancelled.',
    provider_error: details.provider_error,
    timeout: details.timeout,
  },
  createRun: { not_found: 'No agent has the id nobody.', thread_busy: details.thread_busy },
  createRunAndWait: { not_found: 'No agent has the id nobody.', thread_busy: details.thread_busy },
  createRunAndStream: { not_found: 'No agent has the id nobody.', thread_busy: details.thread_busy },
  deleteRun: { conflict: 'Run run_01a20ac7640d7178935b43cbf4c72841 is running: cancel it first.' },
  cancelRun: { conflict: 'Run run_01a20ac7640d7178935b43cbf4c72841 is completed and cannot be cancelled.' },
  createAgent: { conflict: 'There is an agent called greeter already.' },
  updateAgent: { conflict: 'Agent echo is defined in code and cannot be changed over the API.' },
  deleteAgent: { conflict: 'Agent echo is defined in code and cannot be changed over the API.' },
  rollBackAgent: { conflict: 'Agent echo is defined in code and cannot be changed over the API.' },
  createJobs: {
    not_found: 'No job has the id job_01a20ac7640d7178935b43cbf4c72841.',
    rate_limited: 'The queue mail is full.',
  },
  cancelJob: { conflict: 'Job job_01a20ac7640d7178935b43cbf4c72841 is completed and cannot be cancelled.' },
  retryJob: { conflict: 'Job job_01a20ac7640d7178935b43cbf4c72841 is running and cannot be tried again.' },
  retryJobs: { conflict: 'A run ends once. Start a new one with the same input.' },
  listBackups: { conflict: noBackups },
  createBackup: { conflict: noBackups },
  downloadBackup: { conflict: noBackups },
  createSchedule: { not_found: 'No agent has the id nobody.' },
  updateSchedule: { conflict: fromFile },
  deleteSchedule: { conflict: fromFile },
  pauseSchedule: { conflict: goneFromFile },
  resumeSchedule: { conflict: goneFromFile },
  triggerSchedule: { conflict: goneFromFile },
  createWebhook: {
    conflict: 'There are 100 webhooks, and there can be no more. Delete one first.',
    unavailable: 'Secrets cannot be kept here: the operator has to set BUNKHOUSE_SECRET_KEY.',
  },
  testWebhook: { conflict: disabledHook },
  readDelivery: { not_found: noDelivery },
  replayDelivery: { not_found: noDelivery, conflict: disabledHook },
  replayDeliveries: { conflict: disabledHook },
  createKey: { forbidden: 'A key can give no more than it has. This one cannot give a later end than its own.' },
  changeKey: { forbidden: 'Key key_01a20ac7643c74ff917af328c26df1fb may do more than the one that asks.' },
  revokeKey: { forbidden: 'Key key_01a20ac7643c74ff917af328c26df1fb may do more than the one that asks.' },
  createTenant: { conflict: 'There is a tenant called acme already.' },
  deleteThread: { thread_busy: 'Thread thr_01a20ac7643c74ff917af328c26df1fb has an unfinished run. Cancel it first.' },
}
