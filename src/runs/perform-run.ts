import { inputMessages, type Message } from '../agents/message.ts'
import { outputRule } from '../agents/output.ts'
import { runSteps } from '../agents/step-loop.ts'
import { loadCallerTools } from '../agents/tools/caller-tools.ts'
import { RunSuspended } from '../agents/wait.ts'
import { wakeWaiting } from '../approvals/wake-waiting.ts'
import type { AppContext } from '../context.ts'
import type { Json } from '../json.ts'
import { CancelRequested, LeaseLost } from '../queue/abort-reason.ts'
import type { ClaimedJob, Outcome } from '../queue/job.ts'
import type { Attempt, JobKind, Settled } from '../queue/kind.ts'
import { newId } from '../runtime/id.ts'
import type { Span } from '../telemetry/tracing/tracer.ts'
import { readConversation } from '../threads/read-conversation.ts'
import { AgentUnavailable } from './agent-unavailable.ts'
import { attemptFailure } from './attempt-failure.ts'
import { type RunHistory, readRunHistory } from './finished-steps.ts'
import { readRun } from './read-run.ts'
import type { Recorder } from './recorder.ts'
import { rescueRuns } from './rescue-runs.ts'
import { isFinal, payloadRunId, type Run, runJob, runUsage } from './run.ts'
import type { RunLog } from './run-log.ts'
import type { RunOutbox } from './run-outbox.ts'
import { runSignal } from './run-signal.ts'
import { suspendRun } from './suspend-run.ts'
import { traceLost } from './trace-lost.ts'
import { attemptSpan, endAttempt, runSpan } from './trace-run.ts'

/** What createRun hands over with a run that was just inserted: nothing has to be read. */
export interface WarmRun {
  run: Run
}

type Needs = Pick<AppContext, 'catalog' | 'clock' | 'config' | 'database' | 'emit' | 'hub' | 'prices' | 'tracer'> & {
  outbox: RunOutbox
  recorder: Recorder
}

/** Jobs of kind `run`: one attempt executes the run from its last finished step. */
export function runJobKind(app: Needs): JobKind {
  return {
    kind: runJob.kind,
    settlesItself: true,
    notRedriven: 'A run ends once. Start a new one with the same input.',
    perform: attempt => performRun(app, attempt),
    rescued: (tx, jobs) => rescueRuns(tx, jobs, { now: app.clock.now(), outbox: app.outbox }),
    afterRescue: jobs => {
      app.outbox.wake()
      for (const { payload } of jobs) app.hub.hint(payloadRunId(payload))
      const { tracer } = app
      if (tracer) void traceLost({ ...app, tracer }, jobs)
    },
  }
}

async function performRun(app: Needs, attempt: Attempt): Promise<Outcome | Settled> {
  const { job, signal, warm, log: note } = attempt
  let state = isWarm(warm) ? fresh(warm.run) : await load(app, job)
  if (!state) return { kind: 'discard', message: 'The run of this job is gone.' }
  if (isFinal(state.run.status)) return { kind: 'completed' }
  if (state.run.status === 'waiting') {
    const settled = await wakeWaiting(app, state.run, job)
    if (settled) return settled
    state = await load(app, job)
    if (!state) return { kind: 'discard', message: 'The run of this job is gone.' }
  }
  const log = app.recorder.openLog({ run: state.run, attempt: job.attempt, lastSeq: state.lastSeq })
  const begun = app.clock.now()
  const whole = runSpan(app.tracer, state.run)
  const span = whole && attemptSpan(whole, state.run, { attempt: job.attempt, seq: state.lastSeq + 1 })
  attempt.span = span
  let outcome: Outcome = { kind: 'completed' }
  const given: Given = { position: state.threadPosition }
  try {
    start(app, log, job, span)
    const output = await execute(app, log, state, { signal, given, note, span })
    complete(log, output)
    await log.settle(outcome)
  } catch (error) {
    if (error instanceof LeaseLost || signal.reason instanceof LeaseLost) {
      // Whoever has taken it over has ended the span of this attempt, too.
      throw new LeaseLost('The lease was taken over.')
    }
    if (error instanceof RunSuspended && !(signal.reason instanceof CancelRequested)) {
      outcome = await suspendRun(log, error.waits, given.position, app.clock.now())
    } else {
      outcome = attemptFailure(app, log, job, { error, signal, span })
      await log.settle(outcome)
    }
  }
  if (whole && span) endAttempt(whole, span, log.run, outcome)
  report(app, log.run, (app.clock.now() - begun) / 1000, span)
  return { kind: 'settled', outcome }
}

const isWarm = (warm: unknown): warm is WarmRun => typeof warm === 'object' && warm !== null && 'run' in warm

interface State extends RunHistory {
  run: Run
}

/** What of its thread the run has been given. */
interface Given {
  position: number | null
}

/** Of a run that was just made: its first event is all there is. */
const fresh = (run: Run): State => ({ run, finished: [], calls: new Map(), threadPosition: null, lastSeq: 1 })

async function load(app: Needs, job: ClaimedJob): Promise<State | null> {
  const run = await readRun(app.database, payloadRunId(job.payload))
  return run && { run, ...(await readRunHistory(app.database, run.id)) }
}

function start(app: Needs, log: RunLog, job: ClaimedJob, span: Span | undefined): void {
  const { run } = log
  const now = log.append({ type: 'run.started', data: { attempt: job.attempt } })
  log.update({ status: 'running', attempt: job.attempt, startedAt: run.startedAt ?? now })
  app.emit('run.started', {
    runId: run.id,
    agent: run.agent,
    attempt: job.attempt,
    waitSeconds: (now - run.createdAt) / 1000,
    traceId: span?.traceId,
  })
}

interface Executing {
  signal: AbortSignal
  given: Given
  note(message: string): void
  span: Span | undefined
}

async function execute(
  app: Needs,
  log: RunLog,
  { finished, calls }: State,
  { signal, given, note, span }: Executing,
): Promise<Json> {
  const { run } = log
  const agent = await app.catalog.runnable(run.tenantId, run.agent, run.agentVersion)
  if (!agent) throw new AgentUnavailable(`Version ${run.agentVersion} of agent ${run.agent} is not known here.`)
  const earlier = await earlierMessages(app, run, given)
  const schema = run.outputSchema ?? agent.outputSchema
  return runSteps({
    agent,
    model: await app.catalog.model(agent),
    price: app.prices.of(agent.model),
    conversation: [...earlier, ...inputMessages(run.input)],
    finished,
    history: calls,
    output: schema ? await outputRule(schema) : null,
    callerTools: run.callerTools ? await loadCallerTools(run.callerTools) : noTools,
    run: { runId: run.id, threadId: run.threadId },
    log,
    signal: runSignal(run, signal, app.clock.now()),
    idleTimeoutMs: app.config.modelIdleSeconds * 1000,
    emit: app.emit,
    span,
    note,
  })
}

const noTools = new Map<string, never>()

/** A run that has waited goes on with what it was given at first: its thread may have grown meanwhile. */
async function earlierMessages({ database }: Needs, { threadId }: Run, given: Given): Promise<Message[]> {
  if (threadId === null) return []
  const { messages, position } = await readConversation(database, threadId, given.position)
  given.position = position
  return messages
}

function complete(log: RunLog, output: Json): void {
  const finishedAt = log.append({ type: 'run.completed', data: { output, usage: runUsage(log.run) } })
  log.update({ status: 'completed', output, finishedAt })
  const { run } = log
  if (run.threadId !== null) log.addMessages(exchange(run, run.threadId, output, finishedAt))
}

const outputText = (output: Json): string => (typeof output === 'string' ? output : JSON.stringify(output))

/** What a completed run adds to its thread: what was asked and what was answered. */
const exchange = (run: Run, threadId: string, output: Json, now: number) =>
  [...inputMessages(run.input), { role: 'assistant' as const, content: outputText(output) }].map(
    ({ role, content }) => ({
      id: newId('msg'),
      tenantId: run.tenantId,
      threadId,
      runId: run.id,
      role,
      content: typeof content === 'string' ? content : content.map(part => ({ ...part })),
      createdAt: now,
    }),
  )

function report(app: Needs, run: Run, seconds: number, span: Span | undefined): void {
  if (!isFinal(run.status)) return
  const { id: runId, agent, status, attempt, error } = run
  app.emit('run.finished', {
    runId,
    agent,
    status,
    attempt,
    seconds,
    error: error?.message ?? null,
    traceId: span?.traceId,
  })
}
