import { notFound } from '../errors.ts'
import { createRun } from './create-run.ts'
import { readRun } from './read-run.ts'
import type { Run } from './run.ts'

/** A run that another one wants started later. */
export interface FollowingRun {
  /** The run that wants it. */
  runId: string
  /** The same for every try of the call that wants it. */
  key: string
  input: string
  delaySeconds: number
  /** On the same thread, where there is one. */
  onThread: boolean
}

/** Starts the same agent again later, in the name of the same key, with the same metadata; once for each key. */
export async function followUp(app: Parameters<typeof createRun>[0], following: FollowingRun): Promise<Run> {
  const { runId, key, input, delaySeconds, onThread } = following
  const asking = await readRun(app.database, runId)
  if (!asking) throw notFound('run', runId)
  const { tenantId, keyId, agent, threadId, metadata } = asking
  const { run } = await createRun(
    app,
    { tenantId, keyId },
    {
      agent,
      input,
      delaySeconds,
      threadId: onThread ? (threadId ?? undefined) : undefined,
      metadata: { ...metadata, scheduled_by: runId },
      idempotency: { key: `schedule_run ${key}`, requestDigest: key },
    },
  )
  return run
}
