import type { AppContext } from '../context.ts'
import type { Doctor } from '../doctor/doctor.ts'
import { readSettings, type SettingsContext } from '../settings/read-settings.ts'
import type { Settings } from '../settings/setting.ts'
import type { Reading } from '../telemetry/metrics.ts'
import type { RecentLines } from '../telemetry/recent-lines.ts'
import { listProcesses } from './list-processes.ts'
import type { Presence } from './presence.ts'
import type { OwnProcess, ProcessRecord } from './process-record.ts'
import { databaseBytes } from './sql/database-bytes.ts'
import { type OutdatedRuns, outdatedRuns } from './sql/outdated-runs.ts'

export interface SystemContext extends SettingsContext {
  presence: Pick<Presence, 'self'>
  /** What GET /metrics reads. */
  readings: readonly Reading[]
  recentLines: Pick<RecentLines, 'after' | 'first' | 'last'>
  doctor: Pick<Doctor, 'examine'>
}

/** The whole service, as it is now. */
export interface System {
  environment: string
  /** The process that answers. */
  self: OwnProcess
  uptimeSeconds: number
  database: { dialect: 'sqlite' | 'postgres'; bytes: number }
  /** All of them, this one among them. */
  processes: ProcessRecord[]
  outdatedRuns: OutdatedRuns[]
  settings: Settings
}

export async function readSystem(
  app: Pick<AppContext, 'clock' | 'config' | 'database'> & SystemContext,
): Promise<System> {
  const { database, config } = app
  const { self } = app.presence
  const [others, bytes, outdated, settings] = await Promise.all([
    listProcesses(app),
    databaseBytes(database),
    outdatedRuns(database),
    readSettings(app),
  ])
  return {
    environment: config.environment,
    self,
    uptimeSeconds: (app.clock.now() - self.startedAt) / 1000,
    database: { dialect: database.dialect, bytes },
    processes: [self, ...others.filter(({ id }) => id !== self.id)],
    outdatedRuns: outdated,
    settings,
  }
}
