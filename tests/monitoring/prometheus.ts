import type { Service } from '../support/service.ts'
import { type Daemon, startDaemon } from './daemon.ts'
import { programs, type Rules, readPrometheusConfig, readRules } from './shipped.ts'

export interface Prometheus extends Daemon {
  /** The series that an expression has now. */
  query(expression: string): Promise<Series[]>
  /** The same over the time from then until now, a point each second. */
  queryRange(expression: string, fromMs: number): Promise<Series[]>
  /** The values of a label in the series that fit. */
  labelValues(label: string, series: string): Promise<string[]>
  /** Names of the alerts that wait to fire, or do. */
  alerts(): Promise<string[]>
}

export interface Series {
  metric: Record<string, string>
  /** As numbers; what is none of any use (NaN) is left out. */
  values: number[]
}

export interface PrometheusOptions {
  /** What it scrapes, each second. */
  services: Pick<Service, 'url'>[]
  /** A key with the scope metrics:read. */
  key: string
  rules?: Rules
  alertmanager?: string
}

/** The shipped configuration with addresses of this machine, and a second for each interval. */
export async function startPrometheus({ services, key, rules, alertmanager }: PrometheusOptions): Promise<Prometheus> {
  const shipped = await readPrometheusConfig()
  const targets = services.map(({ url }) => new URL(url).host)
  const daemon = await startDaemon({
    files: {
      'prometheus.yml': {
        ...shipped,
        global: { ...shipped.global, scrape_interval: '1s', evaluation_interval: '1s' },
        rule_files: ['rules.yml'],
        alerting: {
          alertmanagers: alertmanager === undefined ? [] : [{ static_configs: [{ targets: [alertmanager] }] }],
        },
        scrape_configs: shipped.scrape_configs
          .filter(({ job_name }) => job_name === 'bunkhouse')
          .map(config => ({ ...config, static_configs: [{ targets }] })),
      },
      'rules.yml': rules ?? (await readRules()),
      'metrics.key': key,
    },
    command: (address, file) => [
      programs?.prometheus ?? '',
      `--config.file=${file('prometheus.yml')}`,
      `--storage.tsdb.path=${file('data')}`,
      `--web.listen-address=${address}`,
      '--enable-feature=exemplar-storage',
    ],
  })

  const ask = async <T>(path: string, parameters: Record<string, string> = {}): Promise<T> => {
    const response = await fetch(`http://${daemon.address}/api/v1/${path}?${new URLSearchParams(parameters)}`)
    // Safe: the shape that Prometheus documents; whoever asks names what it is of.
    const answer = (await response.json()) as { status: 'success'; data: T } | { status: 'error'; error: string }
    if (answer.status === 'error') throw new Error(`${answer.error} in ${JSON.stringify(parameters)}`)
    return answer.data
  }
  type Points = { metric: Record<string, string>; value?: [number, string]; values?: [number, string][] }
  const series = ({ result }: { result: Points[] }): Series[] =>
    result.map(({ metric, value, values = value ? [value] : [] }) => ({
      metric,
      values: values.map(([, text]) => Number(text)).filter(number => !Number.isNaN(number)),
    }))
  return {
    ...daemon,
    query: async expression => series(await ask('query', { query: expression })),
    queryRange: async (expression, fromMs) =>
      series(
        await ask('query_range', {
          query: expression,
          start: String(fromMs / 1000),
          end: String(Date.now() / 1000),
          step: '1',
        }),
      ),
    labelValues: (label, match) => ask(`label/${label}/values`, { 'match[]': match }),
    alerts: async () => {
      const { alerts } = await ask<{ alerts: { labels: { alertname: string } }[] }>('alerts')
      return alerts.map(({ labels }) => labels.alertname)
    },
  }
}
