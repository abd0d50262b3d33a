import { describe, expect, test } from 'bun:test'
import { createMetrics, type Reading } from './metrics.ts'

const metricsOf = (...readings: Reading[]) => {
  const failed: unknown[] = []
  const metrics = createMetrics({
    readings,
    emit: (name, data) => {
      metrics.count(name, data)
      if (name === 'loop.failed') failed.push(data)
    },
  })
  return { ...metrics, failed }
}
const modelCalled = { agent: 'a', provider: 'openai', model: 'gpt', outcome: 'completed', seconds: 0.2 } as const
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'

describe('metrics', () => {
  test('count what facts say', async () => {
    const metrics = metricsOf()
    metrics.count('run.created', { runId: 'run_1', agent: 'echo', source: 'queue' })
    const finished = { runId: 'run_1', agent: 'echo', status: 'completed', attempt: 1, seconds: 0.2, error: null }
    metrics.count('run.finished', finished)
    metrics.count('job.lost', { queue: 'runs', jobId: 'job_1', attempt: 1 })
    metrics.count('job.begun', { queue: 'runs', dueSeconds: 0.3 })
    const text = await metrics.render()
    expect(text).toContain('bunkhouse_runs_created_total{agent="echo"} 1')
    expect(text).toContain('bunkhouse_runs_finished_total{agent="echo",status="completed"} 1')
    expect(text).toContain('bunkhouse_job_fenced_writes_total{queue="runs"} 1')
    expect(text).toContain('bunkhouse_run_duration_seconds_bucket{le="0.25",agent="echo"} 1')
    expect(text).toContain('bunkhouse_job_pickup_seconds_sum{queue="runs"} 0.3')
  })

  test('add up tokens, and money where the price is known', async () => {
    const metrics = metricsOf()
    metrics.count('model.called', { ...modelCalled, inputTokens: 10, outputTokens: 2, costUsd: 0.5 })
    metrics.count('model.called', { ...modelCalled, inputTokens: 1, outputTokens: 1, costUsd: 0.25 })
    metrics.count('model.called', { ...modelCalled, model: 'x', inputTokens: 1, outputTokens: 1, costUsd: null })
    const text = await metrics.render()
    const labels = 'agent="a",provider="openai",model="gpt"'
    expect(text).toContain(`bunkhouse_model_tokens_total{${labels},direction="input"} 11`)
    expect(text).toContain(`bunkhouse_model_tokens_total{${labels},direction="output"} 3`)
    expect(text).toContain(`bunkhouse_model_cost_usd_total{${labels}} 0.75`)
    expect(text).not.toMatch(/cost_usd_total\{.*model="x"/)
  })

  test('read gauges when they are asked', async () => {
    const { render } = metricsOf(
      () => ({ jobs_running: 3 }),
      async () => ({ queue_paused: [{ labels: ['mail'], value: 1 }] }),
    )
    const text = await render()
    expect(text).toMatch(/^bunkhouse_jobs_running 3$/m)
    expect(text).toMatch(/^bunkhouse_queue_paused\{queue="mail"\} 1$/m)
    expect(text).toMatch(/^# HELP bunkhouse_queue_paused .*\(global: the same on every replica\)$/m)
  })

  test('leave out what cannot be read, and say so', async () => {
    const metrics = metricsOf(
      () => ({ jobs_running: 3 }),
      () => Promise.reject(new Error('away')),
      () => {
        throw new Error('gone')
      },
    )
    const text = await metrics.render()
    expect(text).toMatch(/^bunkhouse_jobs_running 3$/m)
    expect(text).not.toContain('queue_paused')
    expect(text).toContain('bunkhouse_loop_failures_total{loop="metrics"} 2')
    expect(metrics.failed).toHaveLength(2)
  })

  test('tell of the last backup that was made, not of one that failed', async () => {
    const { count, render } = metricsOf()
    expect(await render()).not.toContain('backup_last')
    count('backup.finished', { outcome: 'completed', bytes: 4_096, seconds: 1 })
    count('backup.finished', { outcome: 'failed', bytes: 0, seconds: 1 })
    const text = await render()
    expect(text).toContain('bunkhouse_backup_last_size_bytes 4096')
    const at = Number(/^bunkhouse_backup_last_success_timestamp_seconds (\S+)$/m.exec(text)?.[1])
    expect(Math.abs(at - Date.now() / 1000)).toBeLessThan(10)
    expect(text).toContain('bunkhouse_backups_total{outcome="failed"} 1')
  })

  test('of two services in one process are apart', async () => {
    const [one, other] = [metricsOf(), metricsOf()]
    one.count('run.created', { runId: 'run_1', agent: 'echo', source: 'queue' })
    expect(await other.render()).not.toContain('agent="echo"')
  })
})

describe('OpenMetrics', () => {
  const http = {
    method: 'GET',
    route: '/v1/runs',
    path: '/v1/runs',
    status: 200,
    requestId: 'r',
    address: () => null,
    error: undefined,
  }

  test('has the trace id of the last traced value in its bucket', async () => {
    const { count, render } = metricsOf()
    count('http.answered', { ...http, seconds: 0.2, traceId: 'earlier' })
    count('http.answered', { ...http, seconds: 0.24, traceId })
    count('http.answered', { ...http, seconds: 0.23 })
    const text = await render('openmetrics')
    const labels = 'method="GET",route="/v1/runs",status="200"'
    const line = text.split('\n').find(one => one.includes(`_bucket{le="0.25",${labels}} 3`))
    expect(line).toMatch(new RegExp(` # \\{trace_id="${traceId}"\\} 0\\.24 \\d+\\.\\d{3}$`))
    expect(text.match(/trace_id/g)).toHaveLength(1)
    expect(await render()).not.toContain('trace_id')
  })

  test('names counters without their suffix, writes bounds as floats, and says where it ends', async () => {
    const { count, render } = metricsOf()
    count('run.created', { runId: 'run_1', agent: 'echo', source: 'queue' })
    count('http.answered', { ...http, seconds: 0.2 })
    const text = await render('openmetrics')
    expect(text).toContain('# TYPE bunkhouse_runs_created counter\nbunkhouse_runs_created_total{agent="echo"} 1\n')
    expect(text).toContain('http_request_duration_seconds_bucket{le="1.0",')
    expect(text).toEndWith('\n# EOF\n')
  })
})
