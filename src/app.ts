import { createCore } from './app-core.ts'
import { routesOf } from './app-routes.ts'
import type { Config } from './config.ts'
import { SessionBook } from './console/session-book.ts'
import { sessionCaller } from './console/session-caller.ts'
import type { AppContext } from './context.ts'
import { endSilentSessions } from './db/end-silent-sessions.ts'
import { type OpenDatabase, openDatabase } from './db/open.ts'
import { upgrade } from './db/upgrade.ts'
import { Doctor } from './doctor/doctor.ts'
import { pruneFiles } from './files/prune-files.ts'
import { gaugeReadings } from './gauges/readings.ts'
import { Door } from './http/door.ts'
import { MetricsServer } from './http/metrics-server.ts'
import { RateLimiter } from './http/rate-limit/rate-limiter.ts'
import { Readiness } from './http/readiness.ts'
import { HttpServer } from './http/server.ts'
import { EventStreams } from './http/sse.ts'
import type { KeyContext } from './keys/grant.ts'
import { KeyRing } from './keys/key-ring.ts'
import { KeyUsage } from './keys/key-usage.ts'
import { platformCaller } from './platforms/function-compute.ts'
import { platformRoutes } from './platforms/routes.ts'
import { Pruner } from './queue/pruner.ts'
import { Rescuer } from './queue/rescuer.ts'
import { pruneJobs } from './queue/sql/prune-jobs.ts'
import { queueTime } from './queue/time.ts'
import { readinessChecks } from './readiness-checks.ts'
import { pruneIdempotencyKeys } from './runs/prune-idempotency.ts'
import { pruneRuns } from './runs/prune-runs.ts'
import type { Clock } from './runtime/clock.ts'
import { Lifecycle } from './runtime/lifecycle.ts'
import { pruneOccurrences } from './schedules/prune-occurrences.ts'
import { registerFileSchedules } from './schedules/register-files.ts'
import { Scheduler } from './schedules/scheduler.ts'
import { tickCaller } from './schedules/tick/caller.ts'
import { LiveSettings } from './settings/live-settings.ts'
import { configuredValues } from './settings/setting.ts'
import { pruneItems } from './store/prune-items.ts'
import { forgetProcesses } from './system/forget-processes.ts'
import { Presence } from './system/presence.ts'
import type { FactBus } from './telemetry/facts.ts'
import { createMetrics } from './telemetry/metrics.ts'
import { RecentLines } from './telemetry/recent-lines.ts'
import { pruneThreads } from './threads/prune-threads.ts'
import { rollUpUsage } from './usage/roll-up-usage.ts'
import { pruneDeliveries } from './webhooks/prune-deliveries.ts'

export interface AppOptions {
  config: Config
  clock: Clock
  facts: FactBus
  /** Of the log; without: nobody looks on. */
  recentLines?: RecentLines
}

export interface App {
  context: AppContext
  /** Who has signed in to the console; null: there is none. */
  sessions: SessionBook | null
  lifecycle: Lifecycle
  settings: LiveSettings
  http: HttpServer
  door: Door
  /** Resolves when the platform asks for a shutdown by another way than a signal. */
  stopAsked: Promise<void>
  /** Closes what was opened. After the lifecycle has stopped. */
  close(): Promise<void>
}

/** Puts the parts together: opens and migrates the database, loads the agents, and wires services and routes. */
export async function createApp(options: AppOptions): Promise<App> {
  const opened = await openDatabase(options.config.database, { own: true })
  try {
    const { pending, snapshot } = await upgrade(opened.database, { snapshot: options.config.migrationSnapshot })
    if (pending.length > 0)
      options.facts.emit('database.migrated', { migrations: pending.map(({ tag }) => tag), snapshot })
    return await assemble(options, opened)
  } catch (error) {
    await opened.close()
    throw error
  }
}

async function assemble(
  { config, clock, facts, recentLines = new RecentLines() }: AppOptions,
  { database, soleOwner, close }: OpenDatabase,
): Promise<App> {
  const { emit } = facts
  const { context, recorder, files, tracing } = await createCore({
    config,
    clock,
    facts,
    database,
    worker: config.roles.has('worker') ? {} : null,
    agentsDir: config.agentsDir,
    jobsDir: config.jobsDir,
  })
  const { notifier } = context
  const workers = [...context.workers.values()]
  const leaseMs = config.leaseSeconds * 1000
  const endSilent = () =>
    endSilentSessions(database).catch((error: unknown) => emit('loop.failed', { loop: 'silent sessions', error }))
  const rescuer = new Rescuer({
    database,
    clock,
    emit,
    kinds: [...context.kinds.values()],
    leaseMs,
    soleOwner,
    beforeSweep: () => Promise.all([endSilent(), ...workers.map(worker => worker.renewLeases())]),
    inHand: () => workers.flatMap(worker => worker.inHand()),
    onRescued: () => {
      for (const worker of workers) worker.wake()
    },
  })
  const retention = {
    completedMs: config.jobRetentionDays * 86_400_000,
    discardedMs: config.jobRetentionDays * 86_400_000,
  }
  const runRetentionMs = config.runRetentionDays * 86_400_000
  const pruner = new Pruner({
    database,
    emit,
    prunes: [
      async tx => (await pruneJobs(tx, retention, 500, queueTime(tx, clock))) === 500,
      tx => pruneIdempotencyKeys(tx, clock.now()),
      tx => pruneItems(tx, clock.now()),
      tx => pruneFiles(tx, clock.now()),
      tx => pruneThreads(tx, clock.now()),
      async tx => runRetentionMs > 0 && (await pruneRuns(tx, clock.now() - runRetentionMs)),
      rollUpUsage,
      tx => pruneOccurrences(tx, clock.now()),
      tx => forgetProcesses(tx, clock.now()),
      tx => pruneDeliveries(tx, clock.now() - config.webhookRetentionDays * 86_400_000),
    ],
  })

  const scheduler = config.roles.has('scheduler') ? new Scheduler(context) : null
  if (scheduler && files) await registerFileSchedules(context, files)
  const wakeScheduler = () => {
    scheduler?.wake()
    notifier.publish('schedule', 'changed')
  }

  const { schedule } = config.backups
  const backups =
    schedule !== null && config.roles.has('scheduler')
      ? new (await import('./backups/backup-scheduler.ts')).BackupScheduler(context, schedule)
      : null

  const streams = new EventStreams(emit, config.http.streamStallSeconds)
  const keys = new KeyRing({ database, now: clock.now, configuredKey: config.apiKey })
  const readiness = new Readiness(readinessChecks({ config, database, workers, state: () => lifecycle.state }))
  const readings = gaugeReadings({ ...context, recorder, streams, readiness })
  const metrics = createMetrics({ readings, emit })
  facts.subscribe(metrics.count)
  const settings = new LiveSettings(context, configuredValues(config))
  const presence = new Presence({ ...context, soleOwner })
  const closing = new AbortController()
  const forgetKeys: KeyContext['forgetKeys'] = whose => keys.forget(whose)
  const watched = { presence, readings, recentLines, doctor: new Doctor(config) }
  const parts = { ...context, streams, closing: closing.signal, wakeScheduler, forgetKeys, settings, ...watched }
  const stopAsked = Promise.withResolvers<void>()
  const hasHooks = config.platformHooks === 'fc'
  const platform = hasHooks ? platformRoutes(parts, stopAsked.resolve) : null
  const hasConsole = config.console && config.roles.has('api')
  const sessions = hasConsole ? new SessionBook({ clock, database, keys }) : null
  const routes = routesOf(parts, { readiness, metrics, platform, sessions })
  const timer = tickCaller({ secret: config.schedulerTickSecret, clock })
  const limiter = new RateLimiter({ rule: config.http, redisUrl: config.redisUrl, emit, now: () => performance.now() })
  const door = new Door({
    docs: config.docs,
    console: sessions !== null,
    config: config.http,
    keys,
    limiter,
    emit,
    admit: (request, path) =>
      (hasHooks ? platformCaller(request, path) : null) ??
      timer(request, path) ??
      (sessions ? sessionCaller(sessions, request) : null),
    fetch: routes.fetch,
  })
  const {
    host,
    port,
    http: { requestSeconds },
  } = config
  const http = new HttpServer({
    host,
    port,
    publicUrl: config.publicUrl,
    requestSeconds,
    door,
    emit,
    tracer: context.tracer,
    onClosing: () => closing.abort(),
  })

  const lifecycle = new Lifecycle({
    services: [
      ...(tracing ? [tracing] : []),
      notifier,
      context.rooms,
      settings,
      presence,
      context.outbox.book,
      context.budgets,
      context.mcp,
      recorder,
      new KeyUsage({ database, ring: keys, emit }),
      http,
      ...(config.metricsPort > 0 ? [new MetricsServer({ host, port: config.metricsPort, metrics })] : []),
      streams,
      ...(config.roles.has('worker') || config.roles.has('scheduler') ? [rescuer] : []),
      ...(config.roles.has('scheduler') ? [pruner] : []),
      ...workers,
      ...(scheduler ? [scheduler] : []),
      ...(backups ? [backups] : []),
    ],
    drainMs: config.drainSeconds * 1000,
    onState: state => {
      emit('process.state', { state })
      presence.enter(state)
    },
    onStopFailure: (service, error) => emit('service.stop_failed', { service: service.name, error }),
  })
  const closeAll = async () => {
    limiter.close()
    await close()
  }
  return { context, sessions, lifecycle, settings, http, door, stopAsked: stopAsked.promise, close: closeAll }
}
