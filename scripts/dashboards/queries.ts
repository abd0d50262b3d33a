// PromQL of the dashboards. `$job`, `$instance` and `$agent` are the variables at their top.
import type { Selector } from './selector.ts'

const agentLabel = 'agent=~"$agent"'
/** What Grafana calls a range that holds some scrapes, whatever the zoom. */
const range = '$__rate_interval'

/** What each process tells of itself. */
export const ofProcesses = (metric: string, ...more: string[]): Selector =>
  select(metric, ['job=~"$job"', 'instance=~"$instance"', ...more])

/** The same, of the chosen agents. */
export const ofAgents = (metric: string, ...more: string[]): Selector => ofProcesses(metric, agentLabel, ...more)

/** What every process says alike, as it is read from the database. */
export const ofDatabase = (metric: string, by: readonly string[] = []): string =>
  `max by (${['job', ...by].join(', ')}) (${select(metric, ['job=~"$job"'])})`

/** How many a second. */
export const rate = (counter: Selector, by: readonly string[] = []): string =>
  `sum by (${by.join(', ')}) (rate(${counter}[${range}]))`

/** How many in the time that one point of a graph stands for. */
export const increase = (counter: Selector, by: readonly string[] = []): string =>
  `sum by (${by.join(', ')}) (increase(${counter}[${range}]))`

/** The share of `part` in `whole`; 0, not nothing, where there is none. */
export const share = (part: Selector, whole: Selector): string =>
  `(${rate(part)} or 0 * ${rate(whole)}) / (${rate(whole)} > 0)`

/** @param name of a histogram, without `_bucket` */
export const quantile = (
  share: number,
  name: string,
  by: readonly string[] = [],
  of: typeof ofProcesses = ofProcesses,
  ...more: string[]
): string =>
  `histogram_quantile(${share}, sum by (${['le', ...by].join(', ')}) (rate(${of(`${name}_bucket`, ...more)}[${range}])))`

const select = (metric: string, matchers: string[]): Selector => `${metric}{${matchers.join(',')}}`
