import type { GaugeName, GaugeValues } from '../../telemetry/gauges.ts'

/** Something that an operator should know of now. Named as the alert of deploy/monitoring that says the same. */
export interface Alert {
  name: string
  severity: 'critical' | 'warning'
  summary: string
  /** What it is about: a queue, a status. Null: all of the service, or of the process that answers. */
  subject: string | null
  /** Seconds, or a share from 0 to 1 for the disk; null where it is or is not. */
  value: number | null
}

const runSecondsAtMost = 7_200
const backupSecondsAtMost = 93_600

/** What the gauges say by themselves; rates and shares over time need a Prometheus. */
export function judgeGauges(gauges: GaugeValues, nowSeconds: number): Alert[] {
  const of = (name: GaugeName) => listed(gauges[name])
  const paused = new Set(of('queue_paused').flatMap(({ subject, value }) => (value === 1 ? subject : [])))
  const free = (of('disk_free_bytes')[0]?.value ?? 1) / (of('disk_size_bytes')[0]?.value || 1)
  const late = of('schedule_overdue_seconds')[0]?.value ?? 0
  const lag = of('run_events_lag_seconds')[0]?.value ?? 0
  const backupAge = of('backup_last_success_timestamp_seconds').map(({ value }) => nowSeconds - value)[0] ?? 0
  const about = (seconds: number) => `${Math.round(seconds)} s`
  return [
    ...(of('ready')[0]?.value === 0
      ? [alert('BunkhouseNotReady', 'critical', 'The process that answers is not ready: /ready says why.')]
      : []),
    ...of('queue_oldest_due_seconds').flatMap(({ subject, value }) =>
      value > 300 && !paused.has(subject)
        ? [
            alert(
              'BunkhouseQueueOld',
              'critical',
              `Jobs of the queue ${subject} have waited for ${about(value)}.`,
              subject,
              value,
            ),
          ]
        : [],
    ),
    ...of('run_oldest_seconds').flatMap(({ subject, value }) =>
      value > runSecondsAtMost && (subject === 'queued' || subject === 'running')
        ? [alert('BunkhouseRunStuck', 'warning', `A run has been ${subject} for ${about(value)}.`, subject, value)]
        : [],
    ),
    ...(late > 60 ? [alert('BunkhouseScheduleLag', 'critical', `A schedule is ${about(late)} late.`, null, late)] : []),
    ...(free < 0.1
      ? [
          alert(
            'BunkhouseDisk',
            'critical',
            `${(free * 100).toFixed(1)} % of the disk with the data is free.`,
            null,
            free,
          ),
        ]
      : []),
    ...(lag > 10
      ? [alert('BunkhouseEventLogLag', 'critical', `Events have waited for ${about(lag)} to be stored.`, null, lag)]
      : []),
    ...(backupAge > backupSecondsAtMost
      ? [alert('BunkhouseBackupOld', 'warning', `The last backup is ${about(backupAge)} old.`, null, backupAge)]
      : []),
  ]
}

const alert = (
  name: string,
  severity: Alert['severity'],
  summary: string,
  subject: string | null = null,
  value: number | null = null,
): Alert => ({ name, severity, summary, subject, value })

/** A gauge by its only label, if it has one. */
function listed(gauge: GaugeValues[GaugeName]): { subject: string; value: number }[] {
  if (gauge === undefined) return []
  if (typeof gauge === 'number') return [{ subject: '', value: gauge }]
  return gauge.map(({ labels, value }) => ({ subject: String(labels[0] ?? ''), value }))
}
