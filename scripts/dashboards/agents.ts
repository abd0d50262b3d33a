import type { DashboardForm } from './dashboard.ts'
import { figure, graph } from './panels.ts'
import { increase, ofAgents, ofProcesses, quantile, rate, share } from './queries.ts'

/** For whoever builds agents: what they do, how long it takes, and what it costs. */
export const agents: DashboardForm = {
  name: 'agents',
  title: 'Agents',
  description: 'What agents do, how long it takes, and what it costs.',
  variables: {
    job: 'label_values(bunkhouse_build_info, job)',
    instance: 'label_values(bunkhouse_build_info{job=~"$job"}, instance)',
    agent: 'label_values(bunkhouse_runs_created_total{job=~"$job"}, agent)',
  },
  rows: [
    {
      title: 'Now',
      panels: [
        figure({
          title: 'Runs made',
          description: 'A second.',
          queries: { runs: rate(ofAgents('bunkhouse_runs_created_total')) },
        }),
        figure({
          title: 'Failed runs',
          description: 'Share of the runs that came to their end.',
          unit: 'percentunit',
          redFrom: 0.1,
          queries: {
            failed: share(
              ofAgents('bunkhouse_runs_finished_total', 'status="failed"'),
              ofAgents('bunkhouse_runs_finished_total'),
            ),
          },
        }),
        figure({
          title: 'Duration, p95',
          description: 'Of the last attempt of finished runs.',
          unit: 's',
          queries: { p95: quantile(0.95, 'bunkhouse_run_duration_seconds', [], ofAgents) },
        }),
        figure({
          title: 'Tokens',
          description: 'A second, in and out.',
          queries: { tokens: rate(ofAgents('bunkhouse_model_tokens_total')) },
        }),
        figure({
          title: 'Money',
          description: 'Dollars an hour, at the present rate.',
          unit: 'currencyUSD',
          queries: { dollars: `3600 * ${rate(ofAgents('bunkhouse_model_cost_usd_total'))}` },
        }),
        figure({
          title: 'Failed model calls',
          description: 'Share of all calls, also of those that are tried again.',
          unit: 'percentunit',
          redFrom: 0.1,
          queries: {
            failed: share(
              ofProcesses('bunkhouse_model_call_duration_seconds_count', 'outcome=~"failed|retryable"'),
              ofProcesses('bunkhouse_model_call_duration_seconds_count'),
            ),
          },
        }),
      ],
    },
    {
      title: 'Runs',
      panels: [
        graph({
          title: 'Runs made by agent',
          description: 'A second.',
          stacked: true,
          queries: { '{{agent}}': rate(ofAgents('bunkhouse_runs_created_total'), ['agent']) },
        }),
        graph({
          title: 'Runs ended',
          description: 'A second, by agent and how they ended.',
          stacked: true,
          queries: { '{{agent}} {{status}}': rate(ofAgents('bunkhouse_runs_finished_total'), ['agent', 'status']) },
        }),
        graph({
          title: 'Duration by agent, p95',
          description: 'Of the last attempt of finished runs.',
          unit: 's',
          queries: { '{{agent}}': quantile(0.95, 'bunkhouse_run_duration_seconds', ['agent'], ofAgents) },
        }),
        graph({
          title: 'Duration',
          description: 'Of the last attempt of finished runs of the chosen agents.',
          unit: 's',
          queries: {
            p50: quantile(0.5, 'bunkhouse_run_duration_seconds', [], ofAgents),
            p95: quantile(0.95, 'bunkhouse_run_duration_seconds', [], ofAgents),
            p99: quantile(0.99, 'bunkhouse_run_duration_seconds', [], ofAgents),
          },
        }),
        graph({
          title: 'Retries by agent',
          description: 'Attempts that failed and are made again.',
          emptyWhile: 'none was made',
          queries: { '{{agent}}': increase(ofAgents('bunkhouse_run_retries_total'), ['agent']) },
        }),
        graph({
          title: 'Wait for the first attempt',
          description: 'From when a run was made until it began; all agents.',
          unit: 's',
          queries: {
            p50: quantile(0.5, 'bunkhouse_run_wait_seconds'),
            p95: quantile(0.95, 'bunkhouse_run_wait_seconds'),
          },
        }),
      ],
    },
    {
      title: 'Models',
      panels: [
        graph({
          title: 'Tokens by agent',
          description: 'A second.',
          stacked: true,
          queries: {
            '{{agent}} {{direction}}': rate(ofAgents('bunkhouse_model_tokens_total'), ['agent', 'direction']),
          },
        }),
        graph({
          title: 'Tokens by model',
          description: 'A second.',
          stacked: true,
          queries: {
            '{{provider}}/{{model}} {{direction}}': rate(ofAgents('bunkhouse_model_tokens_total'), [
              'provider',
              'model',
              'direction',
            ]),
          },
        }),
        graph({
          title: 'Money by agent and model',
          description: 'Dollars an hour. Models without a price cost nothing here.',
          unit: 'currencyUSD',
          stacked: true,
          queries: {
            '{{agent}} {{provider}}/{{model}}': `3600 * ${rate(ofAgents('bunkhouse_model_cost_usd_total'), ['agent', 'provider', 'model'])}`,
          },
        }),
        graph({
          title: 'Model calls',
          description: 'A second. retryable: failed, and tried again; aborted: ended by us.',
          stacked: true,
          queries: {
            '{{provider}} {{outcome}}': rate(ofProcesses('bunkhouse_model_call_duration_seconds_count'), [
              'provider',
              'outcome',
            ]),
          },
        }),
        graph({
          title: 'Model calls, p95',
          description: 'Time to the end of the answer, of calls that completed.',
          unit: 's',
          queries: {
            '{{provider}}/{{model}}': quantile(
              0.95,
              'bunkhouse_model_call_duration_seconds',
              ['provider', 'model'],
              ofProcesses,
              'outcome="completed"',
            ),
          },
        }),
        graph({
          title: 'Model calls, time',
          description: 'Time to the end of the answer, of calls that completed.',
          unit: 's',
          queries: Object.fromEntries(
            [0.5, 0.95, 0.99].map(at => [
              `p${at * 100}`,
              quantile(at, 'bunkhouse_model_call_duration_seconds', [], ofProcesses, 'outcome="completed"'),
            ]),
          ),
        }),
      ],
    },
    {
      title: 'Tools',
      panels: [
        graph({
          title: 'Tool calls',
          description: 'A second, by tool.',
          emptyWhile: 'no agent calls tools',
          stacked: true,
          queries: {
            '{{agent}} {{tool}}': rate(ofAgents('bunkhouse_tool_call_duration_seconds_count'), ['agent', 'tool']),
          },
        }),
        graph({
          title: 'Tool calls by outcome',
          description: 'A second. What a tool throws goes back to the model: it need not fail a run.',
          emptyWhile: 'no agent calls tools',
          stacked: true,
          queries: {
            '{{tool}} {{outcome}}': rate(ofAgents('bunkhouse_tool_call_duration_seconds_count'), ['tool', 'outcome']),
          },
        }),
        graph({
          title: 'Tool calls, p95',
          description: 'Time of one call.',
          emptyWhile: 'no agent calls tools',
          unit: 's',
          queries: {
            '{{agent}} {{tool}}': quantile(0.95, 'bunkhouse_tool_call_duration_seconds', ['agent', 'tool'], ofAgents),
          },
        }),
      ],
    },
  ],
}
