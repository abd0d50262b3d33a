import { type AgentFiles, loadAgentFiles } from './agents/files/load.ts'
import { ModelCircuits } from './agents/models/circuits.ts'
import { ModelPrices, type OwnPrices } from './agents/models/prices.ts'
import { createModels } from './agents/models/registry.ts'
import { backupJob, backupJobKind } from './backups/backup-job.ts'
import { BudgetBook } from './budgets/budget-book.ts'
import { AgentCatalog } from './catalog/catalog.ts'
import type { Config } from './config.ts'
import { ConfigError } from './config-reader.ts'
import type { AppContext } from './context.ts'
import type { OpenDatabase } from './db/open.ts'
import { openNotifier } from './db/open-notifier.ts'
import { egressPolicy } from './egress/policy.ts'
import { jobKind } from './jobs/files/job-kind.ts'
import { loadJobFiles } from './jobs/files/load.ts'
import { McpPool } from './mcp/pool.ts'
import type { JobKind } from './queue/kind.ts'
import { Rooms } from './queue/rooms.ts'
import { tracedKind } from './queue/traced-kind.ts'
import { Worker } from './queue/worker.ts'
import { createBatcher } from './runs/create-batch.ts'
import { type FollowingRun, followUp } from './runs/follow-up.ts'
import { RunHub } from './runs/hub.ts'
import { runJobKind } from './runs/perform-run.ts'
import { Recorder } from './runs/recorder.ts'
import { runJob } from './runs/run.ts'
import { childJobKind } from './runs/settle-child.ts'
import type { Clock } from './runtime/clock.ts'
import type { Service } from './runtime/service.ts'
import { createSealer } from './secrets/seal.ts'
import type { FactBus } from './telemetry/facts.ts'
import { createToolLoader } from './tools/load-tool-record.ts'
import { WebhookBook } from './webhooks/book.ts'
import { deliverJobKind } from './webhooks/deliver.ts'
import { deliverJob } from './webhooks/deliver-job.ts'
import { Outbox } from './webhooks/outbox.ts'

/** Most of them wait for somebody else's server. */
const deliveriesAtOnce = 200

export interface CoreOptions {
  config: Config
  clock: Clock
  facts: FactBus
  /** Opened and migrated. */
  database: OpenDatabase['database']
  /** Null: this process executes nothing, and loads no agent files. `only` as the worker has it. */
  worker: { only?: ReadonlySet<string> } | null
  /** Null: the agents that other processes have registered will do. */
  agentsDir: string | null
  /** Null: no jobs from files are made or worked on. */
  jobsDir: string | null
}

/** What makes, executes and follows runs, with or without HTTP in front. */
export interface Core {
  context: AppContext
  recorder: Recorder
  /** Null where none were looked for. */
  files: AgentFiles | null
  /** Sends traces. Null where nothing is traced. */
  tracing: Service | null
}

/** Puts together the parts that `serve` and `run` have in common. Nothing of it is started yet. */
export async function createCore(options: CoreOptions): Promise<Core> {
  const { config, clock, facts, database } = options
  const { emit } = facts
  const leaseMs = config.leaseSeconds * 1000
  const tracing = await openTracing(options)
  const tracer = tracing?.tracer ?? null
  const notifier = await openNotifier(database, config.redisUrl, emit)
  const hub = new RunHub(notifier)
  const sealer = createSealer({ keys: config.secretKeys, isProduction: config.environment === 'production' })
  const egress = egressPolicy(config.egressAllow)
  // A tool runs later than all of this was put together.
  const startLater = (following: FollowingRun) => followUp(context, following)
  const tools = createToolLoader({ clock, config, database, egress, sealer, startLater })
  const models = createModels([...config.providers])
  const catalog = new AgentCatalog({ database, models, tools, now: clock.now, plainModels: config.plainModels })
  const builtins = await tools.builtins()
  const files = options.agentsDir === null ? null : await loadAgentFiles(options.agentsDir, { builtins })
  if (files) {
    emit('agents.loaded', { agents: files.agents.length, failures: files.failures })
    await catalog.register(files.agents)
  }
  const prices = new ModelPrices({ providers: config.providers, own: await ownPrices(config) })
  const workers = new Map<string, Worker>()
  const wakeQueue = (name: string) => workers.get(name)?.wake()
  const book = new WebhookBook({ database, notifier, emit })
  const outbox = new Outbox({ book, database, clock, notifier, tracer, wakeQueue })
  const mcp = new McpPool({ clock, config, database, egress, emit, sealer })
  const circuits = new ModelCircuits({ now: clock.now, emit })
  const budgets = new BudgetBook({ database, notifier, emit })
  const recorder = new Recorder({ database, clock, hub, outbox, budgets, emit })
  const creates = createBatcher({ database, clock, leaseMs, outbox })

  const fileJobs = await loadJobs(options)
  const traced = (kind: JobKind) => (tracer ? tracedKind(kind, tracer) : kind)
  const deliveries = traced(deliverJobKind({ clock, config, database, egress, emit, outbox, sealer }))
  const own: JobKind[] = [
    runJobKind({
      budgets,
      catalog,
      circuits,
      clock,
      config,
      database,
      emit,
      hub,
      mcp,
      outbox,
      prices,
      recorder,
      tracer,
      wakeRuns: () => {
        wakeQueue(runJob.queue)
        notifier.publish('queue', runJob.queue)
      },
    }),
    // What it uses is put together below; no job is performed before that.
    childJobKind(() => context),
  ]
  const fromFiles = [...fileJobs.values()].map(jobKind).map(traced)
  const upkeep: JobKind[] = config.backups.to === null ? [] : [traced(backupJobKind({ clock, config, database, emit }))]
  const kinds = new Map([...own, deliveries, ...upkeep, ...fromFiles].map(kind => [kind.kind, kind]))

  if (options.worker) {
    const each = { database, clock, notifier, emit, leaseMs, wakeQueue }
    const { workerConcurrency, jobConcurrency } = config
    const { queue } = runJob
    workers.set(queue, new Worker({ ...each, queue, kinds: own, concurrency: workerConcurrency, ...options.worker }))
    if (upkeep.length > 0 && !options.worker.only) {
      workers.set(backupJob.queue, new Worker({ ...each, queue: backupJob.queue, kinds: upkeep, concurrency: 1 }))
    }
    if (!options.worker.only) {
      const { queue } = deliverJob
      workers.set(queue, new Worker({ ...each, queue, kinds: [deliveries], concurrency: deliveriesAtOnce }))
    }
    for (const { queue } of fileJobs.values()) {
      if (workers.has(queue)) continue
      workers.set(queue, new Worker({ ...each, queue, kinds: fromFiles, concurrency: jobConcurrency }))
    }
  }
  const worker = workers.get(runJob.queue) ?? null
  const context: AppContext = {
    config,
    clock,
    database,
    notifier,
    emit,
    tracer,
    catalog,
    prices,
    hub,
    outbox,
    budgets,
    mcp,
    sealer,
    egress,
    tools,
    creates,
    worker,
    kinds,
    fileJobs,
    workers,
    rooms: new Rooms(notifier),
  }
  return { context, recorder, files, tracing: tracing?.service ?? null }
}

/** Whoever traces nothing loads nothing for it. */
async function openTracing({ config, facts: { emit } }: CoreOptions) {
  const { tracing, version, environment, secrets } = config
  if (tracing === null) return null
  const { openTracing: open } = await import('./telemetry/tracing/open-tracing.ts')
  return open({ config: tracing, version, environment, secrets, emit })
}

/** @throws ConfigError */
async function ownPrices({ modelPricesFile }: Config): Promise<OwnPrices> {
  if (modelPricesFile === null) return new Map()
  const { readPriceFile } = await import('./agents/models/price-file.ts')
  try {
    return await readPriceFile(modelPricesFile)
  } catch (error) {
    throw new ConfigError([`MODEL_PRICES ${error instanceof Error ? error.message : String(error)}`])
  }
}

async function loadJobs({ jobsDir, facts }: CoreOptions): Promise<AppContext['fileJobs']> {
  if (jobsDir === null) return new Map()
  const { jobs, failures } = await loadJobFiles(jobsDir)
  facts.emit('jobs.loaded', { jobs: jobs.length, failures })
  return new Map(jobs.map(job => [job.definition.name, job]))
}
