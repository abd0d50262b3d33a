import type { ToolContext, ToolDefinition } from '../../src/agents/define.ts'
import { ModelCircuits } from '../../src/agents/models/circuits.ts'
import { ModelPrices } from '../../src/agents/models/prices.ts'
import { createModels } from '../../src/agents/models/registry.ts'
import { agentDigest, agentRecord } from '../../src/agents/record.ts'
import { loadTool } from '../../src/agents/tools/tool.ts'
import { AgentCatalog } from '../../src/catalog/catalog.ts'
import { readConfig } from '../../src/config.ts'
import type { Database } from '../../src/db/database.ts'
import type { ClaimedJob } from '../../src/queue/job.ts'
import { claimChosenJobs } from '../../src/queue/sql/claim-chosen-jobs.ts'
import { runJobKind } from '../../src/runs/perform-run.ts'
import { type Run, runJob } from '../../src/runs/run.ts'
import type { FakeClock } from './fake-clock.ts'
import { leaseMs } from './jobs.ts'
import { noBudgets } from './no-budgets.ts'
import { noOutbox } from './no-outbox.ts'
import { noTools } from './no-tools.ts'
import { type FakeProvider, startFakeProvider } from './provider/server.ts'
import type { Turn } from './provider/turn.ts'
import { heldRun, recording } from './runs.ts'

/** A call of one of the agent's tools; it returns when the test answers. */
export interface ToolCall {
  text: string
  context: ToolContext
  answer(text: string): void
}

/** Executes runs in this process as a worker would, attempt by attempt, against the fake provider. */
export interface RunExecutor extends AsyncDisposable {
  provider: FakeProvider
  hub: ReturnType<typeof recording>['hub']
  facts: ReturnType<typeof recording>['facts']
  /** A run whose first attempt is leased, of an agent that answers with these turns and has one tool, `ask`. */
  run(turns: Turn[], given?: Partial<Run>): Promise<Run>
  /** The agent's tool was called so often, the last time with this. */
  call(number: number): Promise<ToolCall>
  calls: ToolCall[]
  /** The run's job as its first attempt has it. */
  job(run: Run): ClaimedJob
  /** Performs the attempt that is leased: the first, or one that was claimed. */
  attempt(run: Run, job?: ClaimedJob): { done: Promise<unknown>; abort(reason: Error): void }
  /** Claims the run's next attempt. */
  claim(run: Run): Promise<ClaimedJob>
}

export async function runExecutor(database: Database, clock: FakeClock): Promise<RunExecutor> {
  const provider = await startFakeProvider()
  const models = createModels([{ name: 'fake', protocol: 'openai-chat', baseUrl: provider.baseUrl, apiKey: 'key' }])
  const catalog = new AgentCatalog({ database, models, tools: noTools, now: clock.now })
  const { hub, recorder, facts, ...recorded } = recording(database, clock)
  const prices = new ModelPrices({ providers: [] })
  const kind = runJobKind({
    mcp: { tools: async () => new Map() },
    budgets: noBudgets,
    circuits: new ModelCircuits({ now: clock.now, emit: facts.emit }),
    catalog,
    clock,
    config: readConfig({}),
    database,
    emit: facts.emit,
    hub,
    outbox: noOutbox,
    prices,
    recorder,
    wakeRuns: () => {},
    tracer: null,
  })
  const calls: ToolCall[] = []
  let called = Promise.withResolvers<void>()
  const ask: ToolDefinition = {
    name: 'ask',
    description: 'Asks somebody.',
    input: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
    run: (input, context) => {
      const { promise, resolve, reject } = Promise.withResolvers<string>()
      context.signal.addEventListener('abort', () => reject(context.signal.reason))
      calls.push({ text: String(Object(input).text), context, answer: resolve })
      called.resolve()
      called = Promise.withResolvers()
      return promise
    },
  }
  const agent = async (turns: Turn[]) => {
    const name = `agent-${crypto.randomUUID()}`
    provider.script(name, turns)
    const definition = { name, model: `fake/${name}`, tools: [ask] }
    const tools = new Map([[ask.name, await loadTool(ask)]])
    await catalog.register([
      { file: `${name}.ts`, definition, tools, output: undefined, digest: agentDigest(agentRecord(definition, tools)) },
    ])
    return name
  }
  const jobOf = ({ jobId, id, maxAttempts }: Run): ClaimedJob => ({
    id: jobId,
    tenantId: 'default',
    ...runJob,
    payload: { run_id: id },
    attempt: 1,
    maxAttempts,
    ordered: false,
  })
  return {
    provider,
    hub,
    facts,
    calls,
    run: async (turns, given = {}) => heldRun(database, clock, { agent: await agent(turns), ...given }),
    call: async number => {
      for (;;) {
        const found = calls[number - 1]
        if (found) return found
        await called.promise
      }
    },
    job: jobOf,
    attempt: (run, job = jobOf(run)) => {
      const abort = new AbortController()
      return {
        done: kind.perform({ job, signal: abort.signal, warm: undefined, log: () => {}, progress: () => {} }),
        abort: reason => abort.abort(reason),
      }
    },
    claim: async run => {
      const claim = { ids: [run.jobId], queue: runJob.queue, worker: 'wrk_test', leaseMs, now: clock.now() }
      const [job] = await database.transaction(tx => claimChosenJobs(tx, claim))
      if (!job) throw new Error('The run cannot be claimed.')
      return job
    },
    [Symbol.asyncDispose]: async () => {
      await recorded[Symbol.asyncDispose]()
      await provider.stop()
    },
  }
}
