import { type Core, createCore } from '../../app-core.ts'
import { readRegisteredAgent } from '../../catalog/read-agent.ts'
import type { Config } from '../../config.ts'
import { systemClock } from '../../runtime/clock.ts'
import { Lifecycle } from '../../runtime/lifecycle.ts'
import type { FactBus } from '../../telemetry/facts.ts'
import { openShared } from '../open-shared.ts'

export interface Place {
  app: Omit<Core['context'], 'catalog'> & { catalog: Pick<Core['context']['catalog'], 'current'> }
  lifecycle: Lifecycle
  /** Ids of the jobs this process may execute: those it has made. */
  own: Set<string>
  /** Executed by the process that serves the same SQLite file. */
  elsewhere: boolean
  /** How often to look for news: that process cannot send any. */
  pollMs: number
  close(): Promise<void>
}

/** Prepares what a run needs: to execute it here, or to leave it to the process that serves the SQLite file. */
export async function openPlace(config: Config, facts: FactBus): Promise<Place> {
  const { database, servedElsewhere, close } = await openShared(config)
  try {
    const own = new Set<string>()
    const { context, recorder, tracing } = await createCore({
      config,
      clock: systemClock,
      facts,
      database,
      worker: servedElsewhere ? null : { only: own },
      agentsDir: servedElsewhere ? null : config.agentsDir,
      jobsDir: null,
    })
    const { notifier, worker, catalog } = context
    const lifecycle = new Lifecycle({
      services: [
        ...(tracing ? [tracing] : []),
        notifier,
        context.outbox.book,
        context.budgets,
        context.mcp,
        recorder,
        ...(worker ? [worker] : []),
      ],
      drainMs: config.drainSeconds * 1000,
      onStopFailure: (service, error) => facts.emit('service.stop_failed', { service: service.name, error }),
    })
    const registered: Place['app']['catalog'] = {
      current: async (tenantId, name) =>
        (await catalog.current(tenantId, name)) ?? readRegisteredAgent(database, tenantId, name),
    }
    const app = servedElsewhere ? { ...context, catalog: registered } : context
    return { app, lifecycle, own, elsewhere: servedElsewhere, pollMs: servedElsewhere ? 200 : 1_000, close }
  } catch (error) {
    await close()
    throw error
  }
}
