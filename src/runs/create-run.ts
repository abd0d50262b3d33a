import { inputMessages, type Message, messageText } from '../agents/message.ts'
import { requireUsable } from '../catalog/usable-agent.ts'
import type { Actor, AppContext } from '../context.ts'
import { invalidField, notFound } from '../errors.ts'
import type { Json } from '../json.ts'
import { newId } from '../runtime/id.ts'
import { readThread } from '../threads/read-thread.ts'
import { getRun } from './get-run.ts'
import type { WarmRun } from './perform-run.ts'
import { type Run, runJob, threadOrderKey } from './run.ts'

export interface RunInput {
  agent: string
  input: string | Message[]
  threadId?: string | undefined
  metadata?: { [key: string]: Json } | undefined
  delaySeconds?: number | undefined
  timeoutSeconds?: number | undefined
  maxAttempts?: number | undefined
  onBusy?: 'enqueue' | 'reject' | 'interrupt' | undefined
  idempotency?: { key: string; requestDigest: string } | undefined
}

type HandOff = NonNullable<AppContext['worker']>['handOff']

type Needs = Pick<AppContext, 'clock' | 'creates' | 'database' | 'emit' | 'hub' | 'notifier' | 'worker'> & {
  catalog: Pick<AppContext['catalog'], 'current'>
}

export const defaultMaxAttempts = 5

/**
 * Puts a run on disk, with its job and first event, and returns it; `repeated` where the idempotency key had made it
 * before. Where this process has room, its worker begins at once with what is already in memory.
 * @throws AppError not_found, invalid_request, thread_busy, idempotency_mismatch, rate_limited (the queue is full)
 */
export async function createRun(app: Needs, actor: Actor, input: RunInput): Promise<{ run: Run; repeated: boolean }> {
  requireUsable(actor, input.agent)
  const agent = await app.catalog.current(actor.tenantId, input.agent)
  if (!agent) throw notFound('agent', input.agent)
  checkInput(input.input)
  if (input.threadId !== undefined) await readThread(app, actor, input.threadId)
  const run = newRun(actor, input, agent.version, app.clock.now())
  const handOff = run.status === 'queued' && !input.delaySeconds && app.worker?.reserve(actor.tenantId) === true
  const created = await app.creates
    .submit({
      run,
      job: newJob(run, input, { model: agent.record.model, handOff: handOff ? app.worker?.handOff : undefined }),
      idempotency: input.idempotency
        ? { ...input.idempotency, tenantId: actor.tenantId, runId: run.id, createdAt: run.createdAt }
        : null,
      onBusy: input.onBusy ?? 'enqueue',
    })
    .catch(error => {
      if (handOff) app.worker?.release()
      throw error
    })
  if (created.kind === 'repeated') {
    if (handOff) app.worker?.release()
    return { run: await getRun(app, actor, created.runId), repeated: true }
  }
  tellInterrupted(app, created.interrupted)
  const started = handOff && created.state === 'running'
  app.emit('run.created', { runId: run.id, agent: run.agent, source: started ? 'hand_off' : 'queue' })
  if (started) app.worker?.adopt(handedOff(run, agent.record.model), { run } satisfies WarmRun)
  else {
    if (handOff) app.worker?.release()
    app.worker?.wake()
    app.notifier.publish('queue', runJob.queue)
  }
  return { run, repeated: false }
}

/** @throws AppError invalid_request */
export function checkInput(input: string | Message[]): void {
  const messages = inputMessages(input)
  if (messages.length === 0) throw invalidField('/input', 'There must be at least one message.')
  if (messages.every(message => messageText(message) === '')) throw invalidField('/input', 'The input is empty.')
}

export function newRun(actor: Actor, input: RunInput, agentVersion: number, now: number): Run {
  return {
    id: newId('run'),
    tenantId: actor.tenantId,
    agent: input.agent,
    agentVersion,
    threadId: input.threadId ?? null,
    jobId: newId('job'),
    status: 'queued',
    input: input.input,
    output: null,
    error: null,
    inputTokens: 0,
    outputTokens: 0,
    costUsd: 0,
    attempt: 0,
    maxAttempts: input.maxAttempts ?? defaultMaxAttempts,
    timeoutSeconds: input.timeoutSeconds ?? null,
    metadata: input.metadata ?? {},
    webhook: null,
    createdAt: now,
    startedAt: null,
    finishedAt: null,
  }
}

export const newJob = (
  run: Run,
  input: RunInput,
  { model, handOff }: { model: string; handOff: HandOff | undefined },
) => ({
  id: run.jobId,
  tenantId: run.tenantId,
  ...runJob,
  payload: { run_id: run.id },
  delayMs: (input.delaySeconds ?? 0) * 1000,
  maxAttempts: run.maxAttempts,
  orderKey: run.threadId === null ? null : threadOrderKey(run.threadId),
  // What a provider limits, it limits by model.
  limitKey: model,
  ...handOff,
})

const handedOff = (run: Run, model: string) => ({
  id: run.jobId,
  tenantId: run.tenantId,
  ...runJob,
  payload: { run_id: run.id },
  attempt: 1,
  maxAttempts: run.maxAttempts,
  ordered: run.threadId !== null,
  limitKey: model,
})

/** Tells those who follow or execute the runs that a commit has interrupted. */
export function tellInterrupted(
  app: Pick<Needs, 'hub' | 'notifier' | 'worker'>,
  { runIds, jobIds }: { runIds: string[]; jobIds: string[] },
): void {
  for (const runId of runIds) app.hub.hint(runId)
  for (const jobId of jobIds) {
    app.worker?.cancel(jobId)
    app.notifier.publish('cancel', jobId)
  }
}
