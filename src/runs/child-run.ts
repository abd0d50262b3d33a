import { lowest, reached, remaining } from '../agents/limits.ts'
import type { RunnableAgent } from '../agents/step-loop.ts'
import type { AgentCall, CallableAgent } from '../agents/tools/call-agent.ts'
import { callAgentTool } from '../agents/tools/call-agent.ts'
import type { LoadedTool } from '../agents/tools/tool.ts'
import type { ToolWait } from '../agents/wait.ts'
import type { AppContext } from '../context.ts'
import { AgentUnavailable } from './agent-unavailable.ts'
import type { NewRun } from './create-batch.ts'
import { newJob, newRun } from './create-run.ts'
import { readRun } from './read-run.ts'
import type { Run } from './run.ts'

/** How deep agents may call agents. */
const maxDepth = 4

type Needs = Pick<AppContext, 'clock' | 'database'> & { catalog: Pick<AppContext['catalog'], 'current'> }

/** A run that a wait of its parent is for. */
export type NewChild = Pick<NewRun, 'run' | 'job'> & { step: number }

/** The tool `call_agent` of an agent that may call some; null: it may call none that there is. */
export async function callTool(
  { catalog }: Needs,
  tenantId: string,
  names: readonly string[],
): Promise<LoadedTool | null> {
  const known = await Promise.all(names.map(name => catalog.current(tenantId, name)))
  const agents: CallableAgent[] = known.flatMap(agent =>
    agent ? [{ name: agent.name, description: agent.record.description }] : [],
  )
  return agents.length === 0 ? null : callAgentTool(agents)
}

/** What the model is told of a call that cannot be made; null: it can. */
export async function refuseCall(app: Needs, parent: Run, agent: RunnableAgent, steps: number): Promise<string | null> {
  let depth = 1
  for (let run: Run | null = parent; run?.parentRunId && depth < maxDepth; depth++) {
    run = await readRun(app.database, run.parentRunId)
  }
  if (depth >= maxDepth) return `Agents call agents ${maxDepth} deep at most.`
  const limits = parent.budget ?? agent.budget
  const ceiling = limits ? reached(limits, spentBy(app, parent, steps)) : null
  return ceiling === null ? null : `${ceiling} are used up in the budget of the run.`
}

/**
 * The runs that these calls start, each with what is left of its parent's budget.
 * @throws AgentUnavailable where an agent is gone
 */
export async function newChildren(
  app: Needs,
  parent: Run,
  waits: ToolWait[],
  { agent, steps }: { agent: RunnableAgent; steps: number },
): Promise<NewChild[]> {
  const calls = waits.filter(({ kind }) => kind === 'child_run')
  return Promise.all(
    calls.map(async wait => {
      const { agent: name, input } = wait.input as unknown as AgentCall // it has passed the tool's schema
      const called = await app.catalog.current(parent.tenantId, name)
      if (!called) throw new AgentUnavailable(`Agent ${name} is not known here.`)
      const limits = parent.budget ?? agent.budget
      const left = limits && remaining(limits, spentBy(app, parent, steps), calls.length)
      const budget = lowest(called.record.budget ?? undefined, left)
      const given = {
        agent: name,
        input,
        metadata: parent.metadata,
        maxAttempts: parent.maxAttempts,
        parentRunId: parent.id,
        scheduleId: parent.scheduleId ?? undefined,
        ...(budget && { budget }),
      }
      const actor = { tenantId: parent.tenantId, keyId: parent.keyId }
      const run = { ...newRun(actor, given, called.version, app.clock.now()), traceParent: parent.traceParent }
      return { run, job: newJob(run, given, { model: called.record.model, handOff: undefined }), step: wait.step }
    }),
  )
}

function spentBy({ clock }: Pick<Needs, 'clock'>, run: Run, steps: number) {
  const { inputTokens, outputTokens, costUsd, startedAt, waitedMs } = run
  const seconds = startedAt === null ? 0 : (clock.now() - startedAt - waitedMs) / 1_000
  return { tokens: inputTokens + outputTokens, costUsd: costUsd ?? 0, steps, seconds }
}
