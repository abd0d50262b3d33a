import type { DashboardForm } from './dashboard.ts'
import { load, storage } from './overview-host.ts'
import { figure, graph } from './panels.ts'
import { increase, ofDatabase, ofProcesses, quantile, rate, share } from './queries.ts'

const http = 'bunkhouse_http_request_duration_seconds'
const asked = 'route!~"/health|/ready|/metrics"'
/** Routes that wait for a run on purpose say nothing of how quick the service is. */
const prompt = 'route!~"/health|/ready|/metrics|/chat|.*/wait"'

/** For whoever runs the service: is it well, and if not, since when and where. */
export const overview: DashboardForm = {
  name: 'overview',
  title: 'Overview',
  description: 'Is the service well, and if not, since when and where.',
  variables: {
    job: 'label_values(bunkhouse_build_info, job)',
    instance: 'label_values(bunkhouse_build_info{job=~"$job"}, instance)',
  },
  rows: [
    {
      title: 'Now',
      panels: [
        figure({
          title: 'Ready',
          description: 'Processes that can do their work.',
          greenFrom: 1,
          queries: { ready: `sum(${ofProcesses('bunkhouse_ready')})` },
        }),
        figure({
          title: 'Requests',
          description: 'A second.',
          unit: 'reqps',
          queries: { requests: rate(ofProcesses(`${http}_count`, asked)) },
        }),
        figure({
          title: 'Errors',
          description: 'Share of requests that were answered with 5xx.',
          unit: 'percentunit',
          redFrom: 0.05,
          queries: {
            errors: share(ofProcesses(`${http}_count`, asked, 'status=~"5.."'), ofProcesses(`${http}_count`, asked)),
          },
        }),
        figure({
          title: 'Latency, p95',
          description: 'Without the routes that wait for a run.',
          unit: 's',
          redFrom: 1,
          queries: { p95: quantile(0.95, http, [], ofProcesses, prompt) },
        }),
        figure({
          title: 'Oldest due job',
          description: 'For how long it has waited to begin, over all queues.',
          unit: 's',
          redFrom: 300,
          queries: { oldest: `max(${ofDatabase('bunkhouse_queue_oldest_due_seconds', ['queue'])})` },
        }),
        figure({
          title: 'Unfinished runs',
          description: 'Queued, running, or waiting for somebody.',
          queries: { runs: `sum(${ofDatabase('bunkhouse_runs_unfinished', ['status'])})` },
        }),
      ],
    },
    {
      title: 'Requests',
      panels: [
        graph({
          title: 'Traffic',
          description: 'Requests a second by route.',
          unit: 'reqps',
          stacked: true,
          queries: { '{{method}} {{route}}': rate(ofProcesses(`${http}_count`, asked), ['method', 'route']) },
        }),
        graph({
          title: 'Answers',
          description: 'A second by status.',
          unit: 'reqps',
          stacked: true,
          queries: { '{{status}}': rate(ofProcesses(`${http}_count`, asked), ['status']) },
        }),
        graph({
          title: 'Latency',
          description: 'Without the routes that wait for a run.',
          unit: 's',
          queries: {
            p50: quantile(0.5, http, [], ofProcesses, prompt),
            p95: quantile(0.95, http, [], ofProcesses, prompt),
            p99: quantile(0.99, http, [], ofProcesses, prompt),
          },
        }),
        graph({
          title: 'Readiness',
          description: '1: ready. A drain at a deploy is seconds of 0.',
          max: 1,
          queries: { '{{instance}}': ofProcesses('bunkhouse_ready') },
        }),
        graph({
          title: 'Event streams',
          description: 'Open ones.',
          queries: { '{{instance}}': ofProcesses('bunkhouse_stream_readers') },
        }),
        graph({
          title: 'Refused as too many',
          description: 'Requests a second, by whose they were.',
          emptyWhile: 'nothing was refused',
          unit: 'reqps',
          queries: { '{{by}}': rate(ofProcesses('bunkhouse_rate_limited_total'), ['by']) },
        }),
      ],
    },
    {
      title: 'Work',
      panels: [
        graph({
          title: 'Queue depth',
          description: 'Jobs by queue and state.',
          queries: { '{{queue}} {{state}}': ofDatabase('bunkhouse_queue_jobs', ['queue', 'state']) },
        }),
        graph({
          title: 'Queue age',
          description: 'For how long the oldest job that could begin has not.',
          unit: 's',
          queries: { '{{queue}}': ofDatabase('bunkhouse_queue_oldest_due_seconds', ['queue']) },
        }),
        graph({
          title: 'Pick-up',
          description: 'From when a job was due until its attempt began, p95.',
          unit: 's',
          queries: { '{{queue}}': quantile(0.95, 'bunkhouse_job_pickup_seconds', ['queue']) },
        }),
        graph({
          title: 'Attempts',
          description: 'A second, by what they decided.',
          stacked: true,
          queries: {
            '{{queue}} {{outcome}}': rate(ofProcesses('bunkhouse_job_attempts_total'), ['queue', 'outcome']),
          },
        }),
        graph({
          title: 'Runs by state',
          description: 'Those that have not ended.',
          stacked: true,
          queries: { '{{status}}': ofDatabase('bunkhouse_runs_unfinished', ['status']) },
        }),
        graph({
          title: 'Oldest run',
          description: 'Age of the oldest that has not ended.',
          unit: 's',
          queries: { '{{status}}': ofDatabase('bunkhouse_run_oldest_seconds', ['status']) },
        }),
        graph({
          title: 'Rescues and fenced writes',
          description: 'Jobs taken back from dead workers, and writes of workers that had lost theirs. None is right.',
          emptyWhile: 'there are none',
          queries: {
            'rescued {{queue}}': increase(ofProcesses('bunkhouse_job_rescues_total'), ['queue']),
            'fenced {{queue}}': increase(ofProcesses('bunkhouse_job_fenced_writes_total'), ['queue']),
          },
        }),
        graph({
          title: 'Schedules',
          description: 'Occurrences by what became of them.',
          emptyWhile: 'no schedule has fired',
          queries: {
            '{{origin}} {{outcome}}': increase(ofProcesses('bunkhouse_schedule_occurrences_total'), [
              'origin',
              'outcome',
            ]),
          },
        }),
        graph({
          title: 'Schedules, lateness',
          description: 'Of what was dealt with, p95, and of what is due now.',
          unit: 's',
          queries: {
            p95: quantile(0.95, 'bunkhouse_schedule_lag_seconds'),
            overdue: ofDatabase('bunkhouse_schedule_overdue_seconds'),
          },
        }),
        graph({
          title: 'Webhooks',
          description: 'Deliveries a second, by what became of them.',
          emptyWhile: 'none was sent',
          stacked: true,
          queries: { '{{outcome}}': rate(ofProcesses('bunkhouse_webhook_deliveries_total'), ['outcome']) },
        }),
        graph({
          title: 'Failed turns of background loops',
          description: 'They are made again; the log has the reason.',
          emptyWhile: 'none has failed',
          queries: { '{{loop}}': increase(ofProcesses('bunkhouse_loop_failures_total'), ['loop']) },
        }),
        graph({
          title: 'Audit log',
          description: 'Entries: changes that somebody made to keys, agents, schedules, settings.',
          emptyWhile: 'nobody changed anything',
          queries: { entries: increase(ofProcesses('bunkhouse_audit_entries_total')) },
        }),
      ],
    },
    load,
    storage,
  ],
}
