import type { AppContext } from '../context.ts'
import type { Readiness } from '../http/readiness.ts'
import type { EventStreams } from '../http/sse.ts'
import type { Recorder } from '../runs/recorder.ts'
import type { Reading } from '../telemetry/metrics.ts'
import { cachedReading } from './cached-reading.ts'

type Needs = Pick<AppContext, 'clock' | 'config' | 'database' | 'fileJobs' | 'workers'> & {
  recorder: Pick<Recorder, 'backlog'>
  streams: Pick<EventStreams, 'size'>
  readiness: Pick<Readiness, 'check'>
}

const timeoutMs = 2_000

/** What GET /metrics asks of the parts, of the disk, and of the database. */
export const gaugeReadings = (app: Needs): Reading[] => [
  () => ofParts(app),
  async () => ({ ready: (await app.readiness.check()).status === 'ready' ? 1 : 0 }),
  // What only a scrape needs is loaded by the first one.
  cachedReading(async () => (await import('./read-shared.ts')).readShared(app), { keepMs: 5_000, timeoutMs }),
  cachedReading(async () => (await import('./read-sizes.ts')).readSizes(app), { keepMs: 5_000, timeoutMs }),
]

function ofParts({ clock, config, database, recorder, streams, workers }: Needs) {
  const { waiting, active, size } = database.stats()
  const backlog = recorder.backlog()
  let running = 0
  for (const worker of workers.values()) running += worker.running
  return {
    build_info: [{ labels: [config.version, Bun.version], value: 1 }],
    jobs_running: running,
    stream_readers: streams.size,
    run_events_waiting: backlog.events,
    run_events_lag_seconds: backlog.oldestAt === null ? 0 : Math.max(0, clock.now() - backlog.oldestAt) / 1000,
    database_transactions_active: active,
    database_transactions_waiting: waiting,
    database_connections_max: size,
  }
}
