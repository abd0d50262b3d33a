import { describe, expect, test } from 'bun:test'
import type { Facts } from './facts.ts'
import { createMetrics } from './metrics.ts'
import { CounterTally } from './tally.ts'

const form = { name: 'calls_total', help: 'Calls', labels: ['agent', 'status'], open: ['agent'] }
const told = ({ cells }: CounterTally) => cells.map(({ labels, cell }) => [labels.agent, labels.status, cell.count])

describe('a full tally', () => {
  test('counts what is new as other, and goes on with what it knows', () => {
    const tally = new CounterTally(form, 2)
    for (const agent of ['one', 'two', 'three', 'four', 'one']) tally.add(1, agent, 'ok')
    expect(told(tally)).toEqual([
      ['one', 'ok', 2],
      ['two', 'ok', 1],
      ['other', 'ok', 2],
    ])
  })

  test('still tells apart what nobody makes up', () => {
    const tally = new CounterTally(form, 1)
    tally.add(1, 'one', 'ok')
    for (const agent of ['two', 'three']) tally.add(1, agent, 'failed')
    tally.add(1, 'four', 'ok')
    expect(told(tally)).toEqual([
      ['one', 'ok', 1],
      ['other', 'failed', 2],
      ['other', 'ok', 1],
    ])
  })
})

test('long names are not told apart', () => {
  const tally = new CounterTally(form)
  for (const end of ['a', 'b']) tally.add(1, 'x'.repeat(200) + end, 'ok')
  expect(told(tally)).toEqual([['other', 'ok', 2]])
})

test('10,000 made-up names of everything make no more series than there may be', async () => {
  const metrics = createMetrics({ readings: [], emit: () => {} })
  const http = { path: '/', requestId: 'r', address: () => null, error: undefined, seconds: 0.1 }
  for (let n = 0; n < 10_000; n++) {
    const name = `made-up-${n}`
    const job = { queue: name, kind: name, outcome: 'completed', seconds: 0.1 }
    const call: Facts['model.called'] = {
      agent: name,
      provider: name,
      model: name,
      outcome: n % 2 === 0 ? 'completed' : 'failed',
      seconds: 0.1,
      inputTokens: 1,
      outputTokens: 1,
      costUsd: 0.001,
    }
    metrics.count('model.called', call)
    metrics.count('tool.called', { agent: name, tool: name, outcome: 'completed', seconds: 0.1 })
    metrics.count('job.attempted', job)
    metrics.count('job.begun', { queue: name, dueSeconds: 0 })
    metrics.count('run.created', { runId: name, agent: name, source: 'queue' })
    metrics.count('http.answered', { ...http, method: name, route: 'unmatched', status: 404 })
  }
  const lines = (await metrics.render()).split('\n')
  const series = (name: string) => lines.filter(line => line.startsWith(`${name}{`))
  expect(series('bunkhouse_runs_created_total')).toHaveLength(5_001)
  expect(series('bunkhouse_model_cost_usd_total')).toHaveLength(5_001)
  expect(series('bunkhouse_model_tokens_total').length).toBeLessThanOrEqual(5_002)
  expect(series('bunkhouse_model_call_duration_seconds_count').length).toBeLessThanOrEqual(1_002)
  expect(series('bunkhouse_tool_call_duration_seconds_count')).toHaveLength(1_001)
  expect(series('bunkhouse_job_attempts_total')).toHaveLength(5_001)
  expect(series('bunkhouse_http_request_duration_seconds_count')).toEqual([
    'bunkhouse_http_request_duration_seconds_count{method="other",route="unmatched",status="404"} 10000',
  ])
  const created = series('bunkhouse_runs_created_total').reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
  expect(created).toBe(10_000)
  expect(lines).toContain('bunkhouse_runs_created_total{agent="other"} 5000')
})
