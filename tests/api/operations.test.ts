import { describe, expect, test } from 'bun:test'
import { version } from '../../package.json' with { type: 'json' }
import { engines } from '../support/database.ts'
import { runBody, useStage } from './stage.ts'

describe.each(engines)('health and metrics on %s', engine => {
  const stage = useStage(engine, { ENVIRONMENT: 'production' })
  const without = async (path: string) => {
    const response = await fetch(stage().service.url + path)
    return { status: response.status, body: await response.json() }
  }
  const metrics = async () => (await stage().service.request('GET', '/metrics')).text()
  /** The value of one series; 0 where it has not been counted yet. */
  const value = (text: string, series: string) => {
    const line = text.split('\n').find(candidate => candidate.startsWith(`${series} `))
    return line === undefined ? 0 : Number(line.slice(series.length + 1))
  }

  test('GET /health answers 200 without a key', async () => {
    expect(await without('/health')).toEqual({
      status: 200,
      body: { status: 'healthy', version, environment: 'production' },
    })
  })

  test('GET /ready answers 200 without a key, with every check', async () => {
    const ok = { status: 'ok' }
    expect(await without('/ready')).toEqual({
      status: 200,
      body: { status: 'ready', checks: { process: ok, database: ok, migrations: ok, worker: ok } },
    })
  })

  test('GET /metrics answers 401 without a key', async () => {
    expect((await without('/metrics')).status).toBe(401)
  })

  test('GET /metrics answers 200 in the text format of Prometheus', async () => {
    const response = await stage().service.request('GET', '/metrics')
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toStartWith('text/plain; version=0.0.4')
    const text = await response.text()
    for (const line of text.split('\n').filter(Boolean)) {
      expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+(\{[^{}]*\})? (-?[\d.]+(e[+-]?\d+)?|NaN|Nan|[+-]Inf))$/)
    }
    for (const name of [
      'process_resident_memory_bytes',
      'nodejs_eventloop_lag_seconds',
      'bunkhouse_jobs_running',
      'bunkhouse_stream_readers',
      'bunkhouse_database_connections_max',
    ]) {
      expect(text).toContain(`\n${name} `)
    }
  })

  test('counters move with requests, runs, model calls and tokens', async () => {
    const agent = await stage().agent([{ text: 'five words of an answer', usage: { input: 11, output: 5 } }])
    const before = await metrics()
    await stage().call('POST', '/v1/runs/wait', runBody({ agent }))
    await stage().call('GET', '/v1/runs/run_none')
    const after = await metrics()
    const moved = (series: string) => value(after, series) - value(before, series)
    expect(moved(`bunkhouse_runs_created_total{agent="${agent}"}`)).toBe(1)
    expect(moved(`bunkhouse_runs_finished_total{agent="${agent}",status="completed"}`)).toBe(1)
    expect(moved('bunkhouse_job_attempts_total{queue="runs",kind="run",outcome="completed"}')).toBe(1)
    expect(moved('bunkhouse_run_events_stored_total')).toBeGreaterThanOrEqual(5)
    const text = after.split('\n')
    const ofModel = (name: string, rest: string) =>
      text.some(line => line.startsWith(name) && line.includes(`model="${agent}"`) && line.includes(rest))
    expect(ofModel('bunkhouse_model_call_duration_seconds_count', 'outcome="completed"')).toBe(true)
    expect(text.find(line => line.includes(`model="${agent}",direction="input"`))).toEndWith(' 11')
    expect(text.find(line => line.includes(`model="${agent}",direction="output"`))).toEndWith(' 5')
    const http = (rest: string) => `bunkhouse_http_request_duration_seconds_count{${rest}}`
    expect(moved(http('method="POST",route="/v1/runs/wait",status="200"'))).toBe(1)
    expect(moved(http('method="GET",route="/v1/runs/:id",status="404"'))).toBe(1)
  })

  test('the labels of HTTP metrics name routes, not what clients make up', async () => {
    await stage().call('GET', '/v1/runs/run_made_up_by_a_client')
    await stage().call('GET', '/made/up/by/a/client')
    const text = await metrics()
    expect(text).not.toContain('made_up')
    expect(text).not.toContain('/made/up')
    expect(text).toContain('route="unmatched",status="404"')
  })

  test('gauges tell of running jobs and open streams', async () => {
    const agent = await stage().agent([{ text: ['x'], hold: true }])
    const stream = stage().service.request('POST', '/v1/runs/stream', runBody({ agent }))
    const exchange = await stage().provider.request(agent, 1)
    const response = await stream
    const during = await metrics()
    expect(value(during, 'bunkhouse_jobs_running')).toBe(1)
    expect(value(during, 'bunkhouse_stream_readers')).toBe(1)
    exchange.release()
    await response.text()
    const after = await metrics()
    expect(value(after, 'bunkhouse_stream_readers')).toBe(0)
  })
})
