import { CounterTally, HistogramTally, type MetricForm } from './tally.ts'

const fast = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const slow = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900]
const late = [...fast, 30, 60, 300, 3_600, 86_400]

/** Labels whose values are made up by whoever calls the service or writes its agents. */
const open = ['agent', 'provider', 'model', 'tool', 'queue', 'kind']

export type Tallies = ReturnType<typeof makeTallies>

/** All that is counted as it happens. Those that are made are also put into the two lists. */
export function makeTallies(counters: CounterTally[], histograms: HistogramTally[]) {
  const form = (name: string, help: string, labels: string[]): MetricForm => ({
    name: `bunkhouse_${name}`,
    help,
    labels,
    open,
  })
  const counter = (name: string, help: string, labels: string[]) => {
    const tally = new CounterTally(form(name, help, labels))
    counters.push(tally)
    return tally
  }
  const histogram = (name: string, help: string, labels: string[], bounds: number[]) => {
    const tally = new HistogramTally(form(name, help, labels), bounds)
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
    limited: counter('rate_limited_total', 'Requests refused as too many, by whose they were', ['by']),
    runsCreated: counter('runs_created_total', 'Runs put on disk', ['agent']),
    runsFinished: counter('runs_finished_total', 'Runs that came to their end', ['agent', 'status']),
    runSeconds: histogram('run_duration_seconds', 'Time of the last attempt of finished runs', ['agent'], slow),
    runsRetried: counter('run_retries_total', 'Attempts of runs that will be made again', ['agent']),
    runWait: histogram('run_wait_seconds', 'Time from the making of a run to the start of an attempt', [], fast),
    jobs: counter('job_attempts_total', 'Attempts of jobs by what they decided', ['queue', 'kind', 'outcome']),
    jobSeconds: histogram('job_attempt_duration_seconds', 'Time of attempts of jobs', ['queue', 'kind'], slow),
    claimSeconds: histogram('job_claim_duration_seconds', 'Time of claims that found jobs', ['queue'], fast),
    pickup: histogram('job_pickup_seconds', 'Time from when a job was due until its attempt began', ['queue'], late),
    lost: counter('job_fenced_writes_total', 'Writes refused as the lease had been taken over', ['queue']),
    rescued: counter('job_rescues_total', 'Jobs taken back from dead workers', ['queue', 'state']),
    modelSeconds: histogram(
      'model_call_duration_seconds',
      'Time of model calls',
      ['provider', 'model', 'outcome'],
      slow,
    ),
    tokens: counter('model_tokens_total', 'Tokens of model calls', ['agent', 'provider', 'model', 'direction']),
    circuits: counter('model_circuits_opened_total', 'Times that a provider was found to answer nobody', ['provider']),
    cost: counter('model_cost_usd_total', 'Cost of the model calls whose price is known, in US dollars', [
      'agent',
      'provider',
      'model',
    ]),
    toolSeconds: histogram('tool_call_duration_seconds', 'Time of tool calls', ['agent', 'tool', 'outcome'], slow),
    occurrences: counter('schedule_occurrences_total', 'Occurrences of schedules by what became of them', [
      'origin',
      'outcome',
    ]),
    lag: histogram('schedule_lag_seconds', 'Time from when an occurrence was due until its run was on disk', [], late),
    events: counter('run_events_stored_total', 'Events put into run logs', []),
    storeSeconds: histogram('run_events_store_duration_seconds', 'Time of commits of run logs', [], fast),
    failures: counter('loop_failures_total', 'Failed turns of background loops', ['loop']),
    webhooks: counter('webhook_deliveries_total', 'Deliveries of webhooks by what became of each attempt', ['outcome']),
    webhooksDisabled: counter('webhooks_disabled_total', 'Webhooks disabled as nothing could be delivered', []),
    backups: counter('backups_total', 'Backups this process made', ['outcome']),
    audited: counter('audit_entries_total', 'Entries this process put into the audit log', []),
    spansDropped: counter('spans_dropped_total', 'Spans that reached no collector', []),
  }
}
