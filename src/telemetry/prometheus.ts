import { Counter, collectDefaultMetrics, Gauge, type Metric, Registry } from 'prom-client'
import type { CounterTally, HistogramTally, LabelValue, MetricForm } from './tally.ts'

/** What there is to tell. */
export interface Measured {
  counters: CounterTally[]
  histograms: HistogramTally[]
  gauges: { form: MetricForm; read(): number }[]
}

/** A registry of prom-client's that reads the tallies when it is asked, beside its own metrics of the process. */
export function createRegistry({ counters, histograms, gauges }: Measured): Registry {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  for (const { form, cells } of counters) {
    new Counter({
      ...plain(form),
      registers,
      collect() {
        this.reset()
        for (const { labels, cell } of cells) this.inc(labels, cell.count)
      },
    })
  }
  for (const tally of histograms) registry.registerMetric(toldHistogram(tally))
  for (const { form, read } of gauges) {
    new Gauge({
      ...plain(form),
      registers,
      collect() {
        this.set(read())
      },
    })
  }
  return registry
}

const plain = ({ name, help, labels }: MetricForm) => ({ name, help, labelNames: [...labels] })

/** A histogram of prom-client's own can be told one value at a time only, and not what is counted already. */
function toldHistogram(tally: HistogramTally): Metric {
  const { name, help } = tally.form
  const metric = { name, get: async () => ({ name, help, type: 'histogram', values: valuesOf(tally) }) }
  // Safe: a registry asks its metrics for these two alone.
  return metric as unknown as Metric
}

function valuesOf({ form: { name }, bounds, cells }: HistogramTally) {
  const values: { metricName: string; labels: Record<string, LabelValue>; value: number }[] = []
  for (const { labels, cell } of cells) {
    let count = 0
    for (const [index, counted] of cell.counts.entries()) {
      count += counted
      values.push({ metricName: `${name}_bucket`, labels: { le: bounds[index] ?? '+Inf', ...labels }, value: count })
    }
    values.push({ metricName: `${name}_sum`, labels, value: cell.sum })
    values.push({ metricName: `${name}_count`, labels, value: count })
  }
  return values
}
