import type { SampledFamily } from './exposition.ts'
import type { LabelValue } from './tally.ts'

export interface GaugeForm {
  help: string
  labels?: readonly string[]
  /** Read from the database: the same on every replica. */
  global?: true
}

/** All that is read when metrics are asked for, by name without `bunkhouse_`. */
export const gaugeForms = {
  build_info: { help: 'Always 1; says which program this is', labels: ['version', 'bun'] },
  ready: { help: '1 when GET /ready answers 200' },
  jobs_running: { help: 'Jobs this process works on' },
  stream_readers: { help: 'Open event streams of this process' },
  run_events_waiting: { help: 'Events of this process that are not on disk yet' },
  run_events_lag_seconds: { help: 'Age of the oldest event of this process that is not on disk yet' },
  database_transactions_active: { help: 'Database transactions under way' },
  database_transactions_waiting: { help: 'Database transactions that wait to begin' },
  database_connections_max: { help: 'Database transactions that can be under way at once' },
  database_bytes: { help: 'Size of the database' },
  sqlite_wal_bytes: { help: 'Size of the write-ahead log beside the SQLite file' },
  disk_free_bytes: { help: 'Room this process may still fill on the disk that holds its data' },
  disk_size_bytes: { help: 'Size of the disk that holds its data' },
  open_handles: { help: 'Files, sockets and pipes this process has open' },
  backup_last_success_timestamp_seconds: { help: 'When the last backup was made, in seconds since 1970', global: true },
  backup_last_size_bytes: { help: 'Size of the last backup', global: true },
  queue_jobs: {
    help: 'Jobs of all tenants by state, counted up to 10,000 of each',
    labels: ['queue', 'state'],
    global: true,
  },
  queue_oldest_due_seconds: {
    help: 'For how long the job that waits longest has been due; 0 where none is',
    labels: ['queue'],
    global: true,
  },
  queue_paused: { help: '1 while nothing of the queue may begin', labels: ['queue'], global: true },
  runs_unfinished: {
    help: 'Runs of all tenants that have not ended, counted up to 10,000 of each tenant',
    labels: ['status'],
    global: true,
  },
  run_oldest_seconds: {
    help: 'Age of the oldest run that has not ended; 0 where there is none',
    labels: ['status'],
    global: true,
  },
  schedule_overdue_seconds: {
    help: 'For how long the schedule that waits longest has been due; 0 where none is',
    global: true,
  },
} as const satisfies Readonly<Record<string, GaugeForm>>

export type GaugeName = keyof typeof gaugeForms

/** What was read: the values of a gauge, each with those of its labels in their order. */
export type GaugeValues = { readonly [N in GaugeName]?: number | readonly GaugeValue[] }
export interface GaugeValue {
  labels: readonly LabelValue[]
  value: number
}

/** Those of them that could be read. */
export const gaugeFamilies = (values: GaugeValues): SampledFamily[] =>
  Object.entries<GaugeForm>(gaugeForms).map(([name, { help, labels = [], global }]) => {
    // Safe: the names of this very table.
    const read = values[name as GaugeName] ?? []
    return {
      name: `bunkhouse_${name}`,
      help: global ? `${help} (global: the same on every replica)` : help,
      type: 'gauge',
      samples: (typeof read === 'number' ? [{ labels: [], value: read }] : read).map(one => ({
        labels: Object.fromEntries(labels.map((label, index) => [label, one.labels[index] ?? ''])),
        value: one.value,
      })),
    }
  })
