import type { Limits } from '../agents/limits.ts'
import { hasContent, inputMessages, type Message } from '../agents/message.ts'
import type { AgentRecord } from '../agents/record.ts'
import { type CallerTool, loadCallerTools } from '../agents/tools/caller-tools.ts'
import type { PlainJsonSchema } from '../agents/tools/schema.ts'
import { checkOutput } from '../catalog/tool-wire.ts'
import { requireUsable } from '../catalog/usable-agent.ts'
import type { Actor, AppContext } from '../context.ts'
import { urlFault } from '../egress/guarded-fetch.ts'
import { invalidField, notFound } from '../errors.ts'
import { keepAttachments } from '../files/attachments.ts'
import type { Json } from '../json.ts'
import type { HandOff } from '../queue/hand-off.ts'
import { newId } from '../runtime/id.ts'
import { readThread } from '../threads/read-thread.ts'
import { getRun } from './get-run.ts'
import type { WarmRun } from './perform-run.ts'
import { type Run, type RunSettings, runJob, threadOrderKey } from './run.ts'
import { type RunWebhook, runSecretContext } from './run-webhook.ts'
import type { GivenWebhook } from './webhook-body.ts'

export interface RunInput {
  agent: string
  input: string | Message[]
  threadId?: string | undefined
  metadata?: { [key: string]: Json } | undefined
  delaySeconds?: number | undefined
  timeoutSeconds?: number | undefined
  maxAttempts?: number | undefined
  onBusy?: 'enqueue' | 'reject' | 'interrupt' | undefined
  /** Where to tell what becomes of it, besides the webhooks of its tenant. */
  webhook?: GivenWebhook | undefined
  /** Tools that the caller runs itself. */
  tools?: CallerTool[] | undefined
  /** JSON Schema of what its output has to fit, instead of its agent's. */
  outputSchema?: PlainJsonSchema | undefined
  parentRunId?: string | undefined
  scheduleId?: string | undefined
  /** A conversation that its client keeps itself. */
  chat?: string | undefined
  /** What it may take by itself. */
  budget?: Limits | undefined
  settings?: RunSettings | undefined
  idempotency?: { key: string; requestDigest: string } | undefined
}

type Needs = Pick<
  AppContext,
  'clock' | 'creates' | 'database' | 'egress' | 'emit' | 'hub' | 'notifier' | 'sealer' | 'worker'
> & {
  catalog: Pick<AppContext['catalog'], 'current'>
}

export const defaultMaxAttempts = 5

/**
 * Puts a run on disk, with its job and first event, and returns it; `repeated` where the idempotency key had made it
 * before. Where this process has room, its worker begins at once with what is already in memory.
 * @throws AppError not_found, invalid_request, thread_busy, idempotency_mismatch, rate_limited (the queue is full)
 */
export async function createRun(app: Needs, actor: Actor, given: RunInput): Promise<{ run: Run; repeated: boolean }> {
  requireUsable(actor, given.agent)
  const agent = await app.catalog.current(actor.tenantId, given.agent)
  if (!agent) throw notFound('agent', given.agent)
  checkInput(given.input)
  const input = { ...given, input: await keepAttachments(app, actor, given.input) }
  if (input.tools) await checkTools(input.tools, agent.record)
  if (input.outputSchema) await checkOutput(input.outputSchema)
  if (input.threadId !== undefined) await readThread(app, actor, input.threadId)
  const run = newRun(actor, input, agent.version, app.clock.now())
  if (input.webhook !== undefined) run.webhook = await seal(app, run, input.webhook)
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
  const { traceId } = actor.span ?? {}
  app.emit('run.created', { runId: run.id, agent: run.agent, source: started ? 'hand_off' : 'queue', traceId })
  if (started) app.worker?.adopt(handedOff(run, agent.record.model), { run } satisfies WarmRun)
  else {
    if (handOff) app.worker?.release()
    app.worker?.wake()
    app.notifier.publish('queue', runJob.queue)
  }
  return { run, repeated: false }
}

/** @throws AppError invalid_request for a URL that may not be asked; unavailable where no secret can be kept */
async function seal(
  { egress, sealer }: Needs,
  { tenantId, id }: Run,
  { url, events, secret }: GivenWebhook,
): Promise<RunWebhook> {
  const fault = urlFault(url, egress)
  if (fault !== null) throw invalidField('/webhook', fault)
  return { url, events, secret: secret === null ? null : await sealer.seal(secret, runSecretContext(tenantId, id)) }
}

/** @throws AppError invalid_request */
async function checkTools(tools: CallerTool[], { tools: own }: Pick<AgentRecord, 'tools'>): Promise<void> {
  const names = new Set(own.map(tool => tool.name))
  for (const [index, { name }] of tools.entries()) {
    if (names.has(name)) throw invalidField(`/tools/${index}/name`, `There are two tools called ${name}.`)
    names.add(name)
  }
  await loadCallerTools(tools).catch((error: unknown) => {
    throw invalidField('/tools', error instanceof Error ? error.message : String(error))
  })
}

/** @throws AppError invalid_request */
export function checkInput(input: string | Message[]): void {
  const messages = inputMessages(input)
  if (messages.length === 0) throw invalidField('/input', 'There must be at least one message.')
  if (!messages.some(hasContent)) throw invalidField('/input', 'The input is empty.')
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
    traceParent: actor.span?.handed ?? null,
    callerTools: input.tools ?? null,
    outputSchema: input.outputSchema ?? null,
    toolCalls: null,
    parentRunId: input.parentRunId ?? null,
    keyId: actor.keyId,
    scheduleId: input.scheduleId ?? null,
    chat: input.chat ?? null,
    budget: input.budget ?? null,
    settings: input.settings ?? null,
    waitingSince: null,
    waitedMs: 0,
    createdAt: now,
    startedAt: null,
    finishedAt: null,
  }
}

export const newJob = (
  run: Run,
  input: RunInput,
  { model, handOff }: { model: string; handOff: HandOff['fields'] | undefined },
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
