import type { Row } from './dashboard.ts'
import { graph } from './panels.ts'
import { increase, ofProcesses, quantile, rate } from './queries.ts'

/** What processes take of their machine. */
export const load: Row = {
  title: 'Process',
  panels: [
    graph({
      title: 'Memory',
      description: 'Resident.',
      unit: 'bytes',
      queries: { '{{instance}}': ofProcesses('process_resident_memory_bytes') },
    }),
    graph({
      title: 'CPU',
      description: 'Cores in use.',
      queries: { '{{instance}}': rate(ofProcesses('process_cpu_seconds_total'), ['instance']) },
    }),
    graph({
      title: 'Event loop',
      description: 'How late it is: 99 of 100 times less than this. Everything waits for it.',
      unit: 's',
      queries: { '{{instance}}': ofProcesses('nodejs_eventloop_lag_p99_seconds') },
    }),
    graph({
      title: 'Jobs under way',
      description: 'Of each process.',
      queries: { '{{instance}}': ofProcesses('bunkhouse_jobs_running') },
    }),
    graph({
      title: 'Open handles',
      description: 'Files, sockets and pipes, beside the most there may be.',
      queries: {
        '{{instance}}': ofProcesses('bunkhouse_open_handles'),
        '{{instance}} most': ofProcesses('process_max_fds'),
      },
    }),
    graph({
      title: 'Starts',
      description: 'Since when each process has been running.',
      unit: 's',
      queries: { '{{instance}}': `time() - ${ofProcesses('process_start_time_seconds')}` },
    }),
  ],
}

/** Where it keeps what it must not lose. */
export const storage: Row = {
  title: 'Storage',
  panels: [
    graph({
      title: 'Event log',
      description: 'Time of commits.',
      unit: 's',
      queries: {
        p50: quantile(0.5, 'bunkhouse_run_events_store_duration_seconds'),
        p95: quantile(0.95, 'bunkhouse_run_events_store_duration_seconds'),
        p99: quantile(0.99, 'bunkhouse_run_events_store_duration_seconds'),
      },
    }),
    graph({
      title: 'Events not stored yet',
      description: 'Age of the oldest. Over a second, the database is slow or away.',
      unit: 's',
      queries: { '{{instance}}': ofProcesses('bunkhouse_run_events_lag_seconds') },
    }),
    graph({
      title: 'Claims',
      description: 'Time of claims that found jobs, p95.',
      emptyWhile: 'every job is handed to a worker as it is made',
      unit: 's',
      queries: { '{{queue}}': quantile(0.95, 'bunkhouse_job_claim_duration_seconds', ['queue']) },
    }),
    graph({
      title: 'Transactions',
      description: 'Under way and waiting to begin, beside the most at once.',
      queries: {
        '{{instance}} active': ofProcesses('bunkhouse_database_transactions_active'),
        '{{instance}} waiting': ofProcesses('bunkhouse_database_transactions_waiting'),
        '{{instance}} most': ofProcesses('bunkhouse_database_connections_max'),
      },
    }),
    graph({
      title: 'Database size',
      description: 'With the write-ahead log of SQLite, which is small again after a checkpoint.',
      unit: 'bytes',
      queries: {
        '{{instance}}': ofProcesses('bunkhouse_database_bytes'),
        '{{instance}} log': ofProcesses('bunkhouse_sqlite_wal_bytes'),
      },
    }),
    graph({
      title: 'Disk',
      description: 'Free share of the one with the data.',
      unit: 'percentunit',
      max: 1,
      queries: {
        '{{instance}}': `${ofProcesses('bunkhouse_disk_free_bytes')} / ${ofProcesses('bunkhouse_disk_size_bytes')}`,
      },
    }),
    graph({
      title: 'Age of the last backup',
      description: 'Of those that running processes made.',
      emptyWhile: 'the process has made none',
      unit: 's',
      queries: {
        age: `time() - max(${ofProcesses('bunkhouse_backup_last_success_timestamp_seconds')} > 0)`,
      },
    }),
    graph({
      title: 'Backups',
      description: 'By outcome.',
      emptyWhile: 'none was made',
      queries: { '{{outcome}}': increase(ofProcesses('bunkhouse_backups_total'), ['outcome']) },
    }),
    graph({
      title: 'Spans that reached no collector',
      description: 'Traces are incomplete where there are any.',
      emptyWhile: 'all did, or traces are off',
      queries: { spans: increase(ofProcesses('bunkhouse_spans_dropped_total')) },
    }),
  ],
}
