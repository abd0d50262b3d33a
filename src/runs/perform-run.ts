import { memoryNamespace } from '../agents/memory.ts'
import { inputMessages, type Message } from '../agents/message.ts'
import type { ModelCircuits } from '../agents/models/circuits.ts'
import { outputRule } from '../agents/output.ts'
import type { FinishedStep } from '../agents/step.ts'
import { type RunnableAgent, runSteps } from '../agents/step-loop.ts'
import { loadCallerTools } from '../agents/tools/caller-tools.ts'
import { RunSuspended } from '../agents/wait.ts'
import { wakeWaiting } from '../approvals/wake-waiting.ts'
import type { BudgetBook } from '../budgets/budget-book.ts'
import { meterOf } from '../budgets/run-meter.ts'
import type { AppContext } from '../context.ts'
import { loadAttachments } from '../files/attachments.ts'
import type { Json } from '../json.ts'
import type { McpPool } from '../mcp/pool.ts'
import { CancelRequested, LeaseLost } from '../queue/abort-reason.ts'
import type { ClaimedJob, Outcome } from '../queue/job.ts'
import type { Attempt, JobKind, Settled } from '../queue/kind.ts'
import { newId } from '../runtime/id.ts'
import type { Span } from '../telemetry/tracing/tracer.ts'
import { AgentUnavailable } from './agent-unavailable.ts'
import { attemptFailure } from './attempt-failure.ts'
import { callTool, newChildren, refuseCall } from './child-run.ts'
import { type RunHistory, readRunHistory } from './finished-steps.ts'
import { readRun } from './read-run.ts'
import type { Recorder } from './recorder.ts'
import { rescueRuns } from './rescue-runs.ts'
import { isFinal, payloadRunId, type Run, type RunSettings, runJob, runSettings, runUsage } from './run.ts'
import { runHistory } from './run-history.ts'
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
  budgets: Pick<BudgetBook, 'of'>
  circuits: ModelCircuits
  mcp: Pick<McpPool, 'tools'>
  outbox: RunOutbox
  recorder: Recorder
  /** Lets workers look for runs that were made just now. */
  wakeRuns(): void
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
  const given: Given = { position: state.threadPosition, agent: null, steps: 0 }
  try {
    start(app, log, job, span)
    const output = await execute(app, log, state, { signal, given, note, span })
    await attempt.noted?.()
    complete(log, output)
    await log.settle(outcome)
  } catch (error) {
    if (error instanceof LeaseLost || signal.reason instanceof LeaseLost) {
      // Whoever has taken it over has ended the span of this attempt, too.
      throw new LeaseLost('The lease was taken over.')
    }
    await attempt.noted?.()
    if (error instanceof RunSuspended && !(signal.reason instanceof CancelRequested)) {
      const children = given.agent
        ? await newChildren(app, log.run, error.waits, { agent: given.agent, steps: given.steps + log.modelCalls })
        : []
      outcome = await suspendRun(log, error.waits, {
        threadPosition: given.position,
        children,
        now: app.clock.now(),
      })
      if (children.length > 0) app.wakeRuns()
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

/** What the attempt was about to do, for where it has to stop. */
interface Given {
  /** The last message of its thread that the run was given. */
  position: number | null
  agent: RunnableAgent | null
  /** Model calls that have ended, those of agents that it has called among them. */
  steps: number
}

/** Of a run that was just made: its first event is all there is. */
const fresh = (run: Run): State => ({
  run,
  finished: [],
  calls: new Map(),
  threadPosition: null,
  summary: null,
  lastSeq: 1,
  attempt: 0,
})

/** @throws LeaseLost where the log tells of a later attempt: what that one has asked for is not this one's to do */
async function load(app: Needs, job: ClaimedJob): Promise<State | null> {
  const run = await readRun(app.database, payloadRunId(job.payload))
  if (!run) return null
  const history = await readRunHistory(app.database, run.id)
  if (history.attempt > job.attempt) throw new LeaseLost('The lease was taken over.')
  return { run, ...history }
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

const withSettings = (agent: RunnableAgent, own: RunSettings): RunnableAgent => ({
  ...agent,
  instructions: [agent.instructions, own.instructions].filter(Boolean).join('\n\n') || undefined,
  settings: runSettings(agent.settings, own),
})

async function execute(
  app: Needs,
  log: RunLog,
  { finished, calls, summary }: State,
  { signal, given, note, span }: Executing,
): Promise<Json> {
  const { run } = log
  const known = await app.catalog.runnable(run.tenantId, run.agent, run.agentVersion)
  if (!known) throw new AgentUnavailable(`Version ${run.agentVersion} of agent ${run.agent} is not known here.`)
  const served = await withTools(app, run, known)
  const agent = run.settings === null ? served : withSettings(served, run.settings)
  const schema = run.outputSchema ?? agent.outputSchema
  given.agent = agent
  given.steps = modelCalls(finished)
  const models = app.catalog.choices(agent, app.prices)
  const meter = meterOf(app, {
    log,
    limits: run.budget ?? agent.budget ?? null,
    models,
    maxOutputTokens: agent.settings.maxOutputTokens,
    steps: given.steps,
  })
  const asking = {
    models,
    circuits: app.circuits,
    meter,
    signal: runSignal(run, signal, app.clock.now()),
    idleTimeoutMs: app.config.modelIdleSeconds * 1000,
    emit: app.emit,
  }
  const earlier = await earlierMessages(app, { given, summary }, { ...asking, agent, log })
  return runSteps({
    ...asking,
    agent,
    conversation: await loadAttachments(app, run, [...earlier, ...inputMessages(run.input)]),
    finished,
    history: calls,
    output: schema ? await outputRule(schema) : null,
    callerTools: run.callerTools ? await loadCallerTools(run.callerTools) : noTools,
    run: {
      runId: run.id,
      threadId: run.threadId,
      tenantId: run.tenantId,
      agent: run.agent,
      metadata: run.metadata,
      memory: memoryNamespace(agent.memory, run),
    },
    refuseCall: () => refuseCall(app, log.run, agent, given.steps + log.modelCalls),
    log,
    span,
    note,
  })
}

/** With the tools that are found when it runs: those of its MCP servers, and the one for agents that it may call. */
async function withTools(app: Needs, { tenantId }: Run, agent: RunnableAgent): Promise<RunnableAgent> {
  if (agent.mcp.length === 0 && agent.agents.length === 0) return agent
  const served = agent.mcp.length === 0 ? [] : await app.mcp.tools(tenantId, agent.mcp)
  const call = await callTool(app, tenantId, agent.agents)
  return { ...agent, tools: new Map([...served, ...(call ? [[call.name, call] as const] : []), ...agent.tools]) }
}

const modelCalls = (finished: FinishedStep[]): number =>
  finished.reduce((sum, step) => sum + (step.kind === 'model' ? 1 : (step.child?.model_calls ?? 0)), 0)

const noTools = new Map<string, never>()

async function earlierMessages(
  app: Needs,
  { given, summary }: { given: Given; summary: RunHistory['summary'] },
  asking: Parameters<typeof runHistory>[3],
): Promise<Message[]> {
  const { threadId } = asking.log.run
  if (threadId === null) return []
  const { messages, position } = await runHistory(app, threadId, { position: given.position, summary }, asking)
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
  // The job that brings its answer to the run that waits for it.
  if (run.parentRunId !== null) app.wakeRuns()
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
