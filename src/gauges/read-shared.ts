import type { AppContext } from '../context.ts'
import { ownQueues } from '../jobs/queues/queue.ts'
import { queueNames } from '../jobs/queues/sql/queue-names.ts'
import type { GaugeValues } from '../telemetry/gauges.ts'
import { readLastBackup } from './sql/last-backup.ts'
import { readQueueGauges } from './sql/queue-gauges.ts'
import { readRunGauges, unfinishedStatuses } from './sql/run-gauges.ts'
import { readFirstDue } from './sql/schedule-gauge.ts'

export type SharedNeeds = Pick<AppContext, 'clock' | 'config' | 'database' | 'fileJobs' | 'workers'>

/** Those of more queues are left out. */
const queuesAtMost = 200
const states = ['waiting', 'scheduled', 'available', 'running', 'discarded'] as const

/** The gauges that are the same on every replica, from the database they share. */
export async function readShared(app: SharedNeeds): Promise<GaugeValues> {
  const { database, clock } = app
  const found = await queueNames(database, '', queuesAtMost)
  const names = [...new Set([...ownQueues(app), ...found])].slice(0, queuesAtMost)
  const now = clock.now()
  const ageSeconds = (at: number | null) => (at === null ? 0 : Math.max(0, now - at) / 1000)
  const [queues, runs, due, backup] = await Promise.all([
    readQueueGauges(database, names, now),
    readRunGauges(database),
    readFirstDue(database),
    app.config.backups.to === null ? null : readLastBackup(database),
  ])
  const unfinished = unfinishedStatuses.map(
    status => runs.find(row => row.status === status) ?? { status, runs: 0, oldestCreatedAt: null },
  )
  return {
    queue_jobs: queues.flatMap(row => states.map(state => ({ labels: [row.queue, state], value: row[state] }))),
    queue_oldest_due_seconds: queues.map(row => ({ labels: [row.queue], value: ageSeconds(row.oldestDueAt) })),
    queue_paused: queues.map(row => ({ labels: [row.queue], value: row.paused })),
    runs_unfinished: unfinished.map(row => ({ labels: [row.status], value: row.runs })),
    run_oldest_seconds: unfinished.map(row => ({ labels: [row.status], value: ageSeconds(row.oldestCreatedAt) })),
    schedule_overdue_seconds: ageSeconds(due),
    ...(backup && {
      backup_last_success_timestamp_seconds: backup.at / 1000,
      backup_last_size_bytes: backup.bytes,
    }),
  }
}
