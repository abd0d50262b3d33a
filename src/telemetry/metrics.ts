import type { Registry } from 'prom-client'
import type { FactListener, FactName, Facts } from './facts.ts'
import { CounterTally, HistogramTally } from './tally.ts'

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
  const counters: CounterTally[] = []
  const histograms: HistogramTally[] = []
  const tallies = makeTallies(counters, histograms)
  let registry: Promise<Registry> | undefined
  // At the first reading: a start has better things to do than to load what turns numbers into text.
  const load = async () => {
    const { createRegistry } = await import('./prometheus.ts')
    return createRegistry({ counters, histograms, gauges: gauges(readings) })
  }
  return {
    count: countFacts(tallies),
    render: async () => {
      registry ??= load()
      return (await registry).metrics()
    },
    contentType: 'text/plain; version=0.0.4; charset=utf-8',
  }
}

function makeTallies(counters: CounterTally[], histograms: HistogramTally[]) {
  const counter = (name: string, help: string, labels: string[]) => {
    const tally = new CounterTally({ name: `bunkhouse_${name}`, help, labels })
    counters.push(tally)
    return tally
  }
  const histogram = (name: string, help: string, labels: string[], bounds: number[]) => {
    const tally = new HistogramTally({ name: `bunkhouse_${name}`, help, labels }, bounds)
    histograms.push(tally)
    return tally
  }
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
    webhooks: counter('webhook_deliveries_total', 'Deliveries of webhooks by what became of each attempt', ['outcome']),
    limited: counter('rate_limited_total', 'Requests refused as too many, by whose they were', ['by']),
    backups: counter('backups_total', 'Backups this process made', ['outcome']),
    audited: counter('audit_entries_total', 'Entries this process put into the audit log', []),
    spansDropped: counter('spans_dropped_total', 'Spans that reached no collector', []),
    failures: counter('loop_failures_total', 'Failed turns of background loops', ['loop']),
  }
}

function gauges(readings: Readings) {
  const gauge = (name: string, help: string, read: () => number) => ({
    form: { name: `bunkhouse_${name}`, help, labels: [] },
    read,
  })
  return [
    gauge('jobs_running', 'Jobs this process works on', readings.runningJobs),
    gauge('stream_readers', 'Open event streams of this process', readings.streamReaders),
    gauge('database_transactions_active', 'Database transactions under way', () => readings.database().active),
    gauge(
      'database_transactions_waiting',
      'Database transactions that wait to begin',
      () => readings.database().waiting,
    ),
    gauge(
      'database_connections_max',
      'Database transactions that can be under way at once',
      () => readings.database().size,
    ),
  ]
}

type Handlers = { [N in FactName]?: (data: Facts[N]) => void }

function countFacts(to: ReturnType<typeof makeTallies>): FactListener {
  const handlers: Handlers = {
    'http.answered': ({ method, route, status, seconds }) => to.http.add(seconds, method, route, status),
    'run.created': ({ agent }) => to.runsCreated.add(1, agent),
    'run.started': ({ waitSeconds }) => to.runWait.add(waitSeconds),
    'run.retrying': ({ agent }) => to.runsRetried.add(1, agent),
    'run.finished': ({ agent, status, seconds }) => {
      to.runsFinished.add(1, agent, status)
      to.runSeconds.add(seconds, agent)
    },
    'job.attempted': ({ queue, kind, outcome, seconds }) => {
      to.jobs.add(1, queue, kind, outcome)
      to.jobSeconds.add(seconds, queue, kind)
    },
    'job.claimed': ({ queue, seconds }) => to.claimSeconds.add(seconds, queue),
    'job.lost': ({ queue }) => to.lost.add(1, queue),
    'job.rescued': ({ queue, state }) => to.rescued.add(1, queue, state),
    'schedule.fired': ({ origin, outcome, lagSeconds }) => {
      to.occurrences.add(1, origin, outcome)
      if (origin === 'rule' && outcome === 'fired') to.lag.add(lagSeconds)
    },
    'model.called': ({ provider, model, outcome, seconds, inputTokens, outputTokens }) => {
      to.modelSeconds.add(seconds, provider, model, outcome)
      to.tokens.add(inputTokens, provider, model, 'input')
      to.tokens.add(outputTokens, provider, model, 'output')
    },
    'tool.called': ({ agent, tool, outcome, seconds }) => to.toolSeconds.add(seconds, agent, tool, outcome),
    'events.stored': ({ events, seconds }) => {
      to.events.add(events)
      to.storeSeconds.add(seconds)
    },
    'webhook.delivered': ({ outcome }) => to.webhooks.add(1, outcome),
    'rate.limited': ({ by }) => to.limited.add(1, by),
    'backup.finished': ({ outcome }) => to.backups.add(1, outcome),
    'audit.recorded': () => to.audited.add(1),
    'spans.dropped': ({ count }) => to.spansDropped.add(count),
    'loop.failed': ({ loop }) => to.failures.add(1, loop),
  }
  return (name, data) => handlers[name]?.(data)
}
