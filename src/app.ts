import { type LoadedAgentFile, loadAgentFiles } from './agents/files/load.ts'
import { createModels } from './agents/models/registry.ts'
import { AgentCatalog } from './catalog/catalog.ts'
import { agentRoutes } from './catalog/routes.ts'
import { chatRoutes } from './chat/routes.ts'
import type { Config } from './config.ts'
import type { AppContext } from './context.ts'
import { migrate } from './db/migrate.ts'
import { type OpenDatabase, openDatabase } from './db/open.ts'
import { openNotifier } from './db/open-notifier.ts'
import { docsRoutes } from './docs/routes.ts'
import { healthRoutes } from './http/health.ts'
import { metricsRoutes } from './http/metrics.ts'
import { Readiness } from './http/readiness.ts'
import { HttpServer, rootController } from './http/server.ts'
import { EventStreams } from './http/sse.ts'
import { KeyRing } from './keys/key-ring.ts'
import type { JobKind } from './queue/kind.ts'
import { Pruner } from './queue/pruner.ts'
import { Rescuer } from './queue/rescuer.ts'
import { pruneJobs } from './queue/sql/prune-jobs.ts'
import { queueTime } from './queue/time.ts'
import { Worker } from './queue/worker.ts'
import { readinessChecks } from './readiness-checks.ts'
import { createBatcher } from './runs/create-batch.ts'
import { RunHub } from './runs/hub.ts'
import { runJobKind } from './runs/perform-run.ts'
import { pruneIdempotencyKeys } from './runs/prune-idempotency.ts'
import { Recorder } from './runs/recorder.ts'
import { runRoutes } from './runs/routes.ts'
import { runJob } from './runs/run.ts'
import type { Clock } from './runtime/clock.ts'
import { Lifecycle } from './runtime/lifecycle.ts'
import type { FactBus } from './telemetry/facts.ts'
import { createMetrics } from './telemetry/metrics.ts'
import { threadRoutes } from './threads/routes.ts'

export interface AppOptions {
  config: Config
  clock: Clock
  facts: FactBus
}

export interface App {
  context: AppContext
  lifecycle: Lifecycle
  http: HttpServer
  /** Closes what was opened. After the lifecycle has stopped. */
  close(): Promise<void>
}

/** Puts the parts together: opens and migrates the database, loads the agents, and wires services and routes. */
export async function createApp(options: AppOptions): Promise<App> {
  const opened = await openDatabase(options.config.database, { own: true })
  try {
    await migrate(opened.database)
    return await assemble(options, opened)
  } catch (error) {
    await opened.close()
    throw error
  }
}

async function assemble(
  { config, clock, facts }: AppOptions,
  { database, soleOwner, close }: OpenDatabase,
): Promise<App> {
  const { emit } = facts
  const leaseMs = config.leaseSeconds * 1000
  const notifier = await openNotifier(database, config.redisUrl, emit)
  const hub = new RunHub(notifier)
  const catalog = new AgentCatalog({ database, models: createModels([...config.providers]), now: clock.now })
  await catalog.register(await loadFiles(config, facts))
  const recorder = new Recorder({ database, clock, hub, emit })
  const creates = createBatcher({ database, clock, leaseMs })

  const kinds: JobKind[] = [runJobKind({ catalog, clock, config, database, emit, hub, recorder })]
  const { workerConcurrency: concurrency } = config
  const worker = config.roles.has('worker')
    ? new Worker({ database, clock, notifier, emit, queue: runJob.queue, kinds, concurrency, leaseMs })
    : null
  const rescuer = new Rescuer({ database, clock, emit, kinds, leaseMs, soleOwner, onRescued: () => worker?.wake() })
  const retention = {
    completedMs: config.jobRetentionDays * 86_400_000,
    discardedMs: config.jobRetentionDays * 86_400_000,
  }
  const pruner = new Pruner({
    database,
    emit,
    prunes: [
      async tx => (await pruneJobs(tx, retention, 500, queueTime(tx, clock))) === 500,
      tx => pruneIdempotencyKeys(tx, clock.now()),
    ],
  })

  const streams = new EventStreams(emit)
  const keys = new KeyRing({ database, now: clock.now, configuredKey: config.apiKey })
  const metrics = createMetrics({
    runningJobs: () => worker?.running ?? 0,
    streamReaders: () => streams.size,
    database: () => database.stats(),
  })
  facts.subscribe(metrics.count)
  const context: AppContext = { config, clock, database, notifier, emit, catalog, hub, creates, worker }
  const readiness = new Readiness(readinessChecks({ config, database, worker, state: () => lifecycle.state }))
  const routes = routesOf({ ...context, streams }, { readiness, metrics })
  const http = new HttpServer({
    host: config.host,
    port: config.port,
    docs: config.docs,
    keys,
    emit,
    fetch: routes.fetch,
  })

  const lifecycle = new Lifecycle({
    services: [
      notifier,
      recorder,
      http,
      streams,
      ...(config.roles.has('worker') || config.roles.has('scheduler') ? [rescuer] : []),
      ...(config.roles.has('scheduler') ? [pruner] : []),
      ...(worker ? [worker] : []),
    ],
    stopTimeoutMs: config.drainSeconds * 1000,
    onState: state => emit('process.state', { state }),
    onStopFailure: (service, error) => emit('service.stop_failed', { service: service.name, error }),
  })
  return { context, lifecycle, http, close }
}

/** Every route there is. */
function routesOf(
  app: AppContext & { streams: EventStreams },
  { readiness, metrics }: { readiness: Readiness; metrics: ReturnType<typeof createMetrics> },
) {
  const { config } = app
  const root = rootController(config.bodyLimitBytes).use(healthRoutes(config, readiness)).use(metricsRoutes(metrics))
  if (config.roles.has('api')) {
    root.use(chatRoutes(app)).use(runRoutes(app)).use(threadRoutes(app)).use(agentRoutes(app))
  }
  if (config.docs) root.use(docsRoutes(() => root, config.version))
  return root
}

async function loadFiles(config: Config, { emit }: FactBus): Promise<LoadedAgentFile[]> {
  const { agents, failures } = await loadAgentFiles(config.agentsDir)
  emit('agents.loaded', { agents: agents.length, failures })
  return agents
}
