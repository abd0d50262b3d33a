import { expect, test } from 'bun:test'
import { join } from 'node:path'
import type { GaugeValues } from '../../telemetry/gauges.ts'
import { judgeGauges } from './alert.ts'

const now = 1_800_000_000
const wrong: GaugeValues = {
  ready: 0,
  queue_oldest_due_seconds: [
    { labels: ['runs'], value: 301 },
    { labels: ['held'], value: 900 },
    { labels: ['default'], value: 300 },
  ],
  queue_paused: [
    { labels: ['runs'], value: 0 },
    { labels: ['held'], value: 1 },
  ],
  run_oldest_seconds: [
    { labels: ['queued'], value: 10 },
    { labels: ['running'], value: 7_201 },
    { labels: ['waiting'], value: 1_000_000 },
  ],
  schedule_overdue_seconds: 61,
  disk_free_bytes: 9,
  disk_size_bytes: 100,
  run_events_lag_seconds: 11,
  backup_last_success_timestamp_seconds: now - 93_601,
}

test('every alert that the service can judge is told, of what it is about', () => {
  expect(judgeGauges(wrong, now).map(({ name, subject, value }) => [name, subject, value])).toEqual([
    ['BunkhouseNotReady', null, null],
    ['BunkhouseQueueOld', 'runs', 301],
    ['BunkhouseRunStuck', 'running', 7_201],
    ['BunkhouseScheduleLag', null, 61],
    ['BunkhouseDisk', null, 0.09],
    ['BunkhouseEventLogLag', null, 11],
    ['BunkhouseBackupOld', null, 93_601],
  ])
})

test('nothing is told of a service that is well, or of what could not be read', () => {
  const well: GaugeValues = {
    ready: 1,
    schedule_overdue_seconds: 60,
    disk_free_bytes: 10,
    disk_size_bytes: 100,
    run_events_lag_seconds: 10,
    backup_last_success_timestamp_seconds: now - 93_600,
  }
  expect(judgeGauges(well, now)).toEqual([])
  expect(judgeGauges({}, now)).toEqual([])
})

test('each is an alert of the rules for Prometheus, of the same severity', async () => {
  const rules = await Bun.file(join(import.meta.dir, '../../../deploy/monitoring/rules/bunkhouse.rules.yml')).text()
  for (const { name, severity } of judgeGauges(wrong, now)) {
    const [, rule] = new RegExp(`alert: ${name}\\n([^]*?)annotations:`).exec(rules) ?? []
    expect(rule).toContain(`severity: ${severity}`)
  }
})
