import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { FactListener, FactName, Facts } from './facts.ts'

const fast = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const slow = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900]

/** What is asked when metrics are read. */
export interface Readings {
  runningJobs(): number
  streamReaders(): number
  database(): { waiting: number; active: number; size: number }
}

export interface Metrics {
  /** Turns facts into numbers. */
  readonly count: FactListener
  /** Prometheus text. */
  render(): Promise<string>
  readonly contentType: string
}

export function createMetrics(readings: Readings): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const make = counters(registers)
  gauges(registers, readings)
  return { count: countFacts(make), render: () => registry.metrics(), contentType: registry.contentType }
}

function counters(registers: Registry[]) {
  const counter = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Counter({ name: `bunkhouse_${name}`, help, labelNames, registers })
  const histogram = <L extends string>(name: string, help: string, labelNames: L[], buckets: number[]) =>
    new Histogram({ name: `bunkhouse_${name}`, help, labelNames, buckets, registers })
  return {
    http: histogram(
      'http_request_duration_seconds',
      'Time to answer HTTP requests',
      ['method', 'route', 'status'],
      fast,
    ),
    runsCreated: counter('runs_created_total', 'Runs put on disk', ['agent']),
    runsFinished: counter('runs_finished_total', 'Runs that came to their end', ['agent', 'status']),
    runSeconds: histogram('run_duration_seconds', 'Time of the last attempt of finished runs', ['agent'], slow),
    runsRetried: counter('run_retries_total', 'Attempts of runs that will be made again', ['agent']),
    runWait: histogram('run_wait_seconds', 'Time from the making of a run to the start of an attempt', [], fast),
    jobs: counter('job_attempts_total', 'Attempts of jobs by what they decided', ['queue', 'kind', 'outcome']),
    jobSeconds: histogram('job_attempt_duration_seconds', 'Time of attempts of jobs', ['queue', 'kind'], slow),
    claimSeconds: histogram('job_claim_duration_seconds', 'Time of claims that found jobs', ['queue'], fast),
    lost: counter('job_fenced_writes_total', 'Writes refused as the lease had been taken over', ['queue']),
    rescued: counter('job_rescues_total', 'Jobs taken back from dead workers', ['queue', 'state']),
    modelSeconds: histogram(
      'model_call_duration_seconds',
      'Time of model calls',
      ['provider', 'model', 'outcome'],
      slow,
    ),
    tokens: counter('model_tokens_total', 'Tokens of model calls', ['provider', 'model', 'direction']),
    toolSeconds: histogram('tool_call_duration_seconds', 'Time of tool calls', ['agent', 'tool', 'outcome'], slow),
    occurrences: counter('schedule_occurrences_total', 'Occurrences of schedules by what became of them', [
      'origin',
      'outcome',
    ]),
    lag: histogram(
      'schedule_lag_seconds',
      'Time from when an occurrence was due until its run was on disk',
      [],
      [...fast, 30, 60, 300, 3_600, 86_400],
    ),
    events: counter('run_events_stored_total', 'Events put into run logs', []),
    storeSeconds: histogram('run_events_store_duration_seconds', 'Time of commits of run logs', [], fast),
    failures: counter('loop_failures_total', 'Failed turns of background loops', ['loop']),
  }
}

function gauges(registers: Registry[], readings: Readings): void {
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name: `bunkhouse_${name}`,
      help,
      registers,
      collect() {
        this.set(read())
      },
    })
  gauge('jobs_running', 'Jobs this process works on', readings.runningJobs)
  gauge('stream_readers', 'Open event streams of this process', readings.streamReaders)
  gauge('database_transactions_active', 'Database transactions under way', () => readings.database().active)
  gauge('database_transactions_waiting', 'Database transactions that wait to begin', () => readings.database().waiting)
  gauge(
    'database_connections_max',
    'Database transactions that can be under way at once',
    () => readings.database().size,
  )
}

type Handlers = { [N in FactName]?: (data: Facts[N]) => void }

function countFacts(to: ReturnType<typeof counters>): FactListener {
  const handlers: Handlers = {
    'http.answered': ({ method, route, status, seconds }) => to.http.observe({ method, route, status }, seconds),
    'run.created': ({ agent }) => to.runsCreated.inc({ agent }),
    'run.started': ({ waitSeconds }) => to.runWait.observe(waitSeconds),
    'run.retrying': ({ agent }) => to.runsRetried.inc({ agent }),
    'run.finished': ({ agent, status, seconds }) => {
      to.runsFinished.inc({ agent, status })
      to.runSeconds.observe({ agent }, seconds)
    },
    'job.attempted': ({ queue, kind, outcome, seconds }) => {
      to.jobs.inc({ queue, kind, outcome })
      to.jobSeconds.observe({ queue, kind }, seconds)
    },
    'job.claimed': ({ queue, seconds }) => to.claimSeconds.observe({ queue }, seconds),
    'job.lost': ({ queue }) => to.lost.inc({ queue }),
    'job.rescued': ({ queue, state }) => to.rescued.inc({ queue, state }),
    'schedule.fired': ({ origin, outcome, lagSeconds }) => {
      to.occurrences.inc({ origin, outcome })
      if (origin === 'rule' && outcome === 'fired') to.lag.observe(lagSeconds)
    },
    'model.called': ({ provider, model, outcome, seconds, inputTokens, outputTokens }) => {
      to.modelSeconds.observe({ provider, model, outcome }, seconds)
      to.tokens.inc({ provider, model, direction: 'input' }, inputTokens)
      to.tokens.inc({ provider, model, direction: 'output' }, outputTokens)
    },
    'tool.called': ({ agent, tool, outcome, seconds }) => to.toolSeconds.observe({ agent, tool, outcome }, seconds),
    'events.stored': ({ events, seconds }) => {
      to.events.inc(events)
      to.storeSeconds.observe(seconds)
    },
    'loop.failed': ({ loop }) => to.failures.inc({ loop }),
  }
  return (name, data) => handlers[name]?.(data)
}
