import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createMetrics } from './metrics.ts'

const readings = { runningJobs: () => 3, streamReaders: () => 2, database: () => ({ waiting: 1, active: 4, size: 10 }) }

describe('metrics', () => {
  test('count what facts say', async () => {
    const metrics = createMetrics(readings)
    metrics.count('run.created', { runId: 'run_1', agent: 'echo', source: 'queue' })
    metrics.count('run.finished', {
      runId: 'run_1',
      agent: 'echo',
      status: 'completed',
      attempt: 1,
      seconds: 0.2,
      error: null,
    })
    metrics.count('job.lost', { queue: 'runs', jobId: 'job_1', attempt: 1 })
    const text = await metrics.render()
    expect(text).toContain('bunkhouse_runs_created_total{agent="echo"} 1')
    expect(text).toContain('bunkhouse_runs_finished_total{agent="echo",status="completed"} 1')
    expect(text).toContain('bunkhouse_job_fenced_writes_total{queue="runs"} 1')
    expect(text).toContain('bunkhouse_run_duration_seconds_bucket{le="0.25",agent="echo"} 1')
  })

  test('read gauges when they are asked', async () => {
    const text = await createMetrics(readings).render()
    expect(text).toMatch(/^bunkhouse_jobs_running 3$/m)
    expect(text).toMatch(/^bunkhouse_stream_readers 2$/m)
    expect(text).toMatch(/^bunkhouse_database_connections_max 10$/m)
  })

  test('of two services in one process are apart', async () => {
    const [one, other] = [createMetrics(readings), createMetrics(readings)]
    one.count('run.created', { runId: 'run_1', agent: 'echo', source: 'queue' })
    expect(await other.render()).not.toContain('agent="echo"')
  })
})

test('docs/operate.md names every metric, and no other', async () => {
  const docs = readFileSync(join(import.meta.dir, '../../docs/operate.md'), 'utf8')
  const table = docs.slice(docs.indexOf('## Metrics'), docs.indexOf('## Logs'))
  // `a_active`, `_waiting` stands for a_active and a_waiting.
  let stem = ''
  const told = [...table.matchAll(/`((?:bunkhouse)?_\w+)`/g)].map(([, name = '']) => {
    if (!name.startsWith('_')) stem = name.slice(0, name.lastIndexOf('_'))
    return name.startsWith('_') ? stem + name : name
  })
  const text = await createMetrics(readings).render()
  const real = [...text.matchAll(/^# TYPE (bunkhouse_\w+)/gm)].map(([, name = '']) => name)
  expect(told.toSorted()).toEqual(real.toSorted())
})
