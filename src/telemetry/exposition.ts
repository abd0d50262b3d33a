import type { CounterTally, Exemplar, HistogramTally, LabelValue } from './tally.ts'

/** How metrics are written: the text format of Prometheus, or OpenMetrics, which has room for exemplars. */
export type Format = 'prometheus' | 'openmetrics'

export const contentTypes: Readonly<Record<Format, string>> = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
}

/** One value of a gauge or counter. */
export interface Sample {
  labels: Readonly<Record<string, LabelValue>>
  value: number
}

export interface SampledFamily {
  name: string
  help: string
  type: 'counter' | 'gauge'
  samples: readonly Sample[]
}

export interface Measured {
  counters: readonly CounterTally[]
  histograms: readonly HistogramTally[]
  others: readonly SampledFamily[]
}

/** All of it as one text. A counter or gauge without a value is left out. */
export function exposition({ counters, histograms, others }: Measured, format: Format): string {
  const lines: string[] = []
  for (const { form, cells } of counters) {
    head(lines, { ...form, type: 'counter' }, format)
    for (const { labels, cell } of cells) lines.push(`${form.name}${labelled(labels)} ${number(cell.count)}`)
  }
  for (const tally of histograms) histogram(lines, tally, format)
  for (const { samples, ...form } of others) {
    if (samples.length === 0) continue
    head(lines, form, format)
    for (const { labels, value } of samples) lines.push(`${form.name}${labelled(labels)} ${number(value)}`)
  }
  if (format === 'openmetrics') lines.push('# EOF')
  return `${lines.join('\n')}\n`
}

function head(lines: string[], { name, help, type }: { name: string; help: string; type: string }, format: Format) {
  // To OpenMetrics the suffix belongs to the sample, not to the name.
  const family = format === 'openmetrics' && type === 'counter' ? name.replace(/_total$/, '') : name
  lines.push(`# HELP ${family} ${escaped(help)}`, `# TYPE ${family} ${type}`)
}

function histogram(lines: string[], { form, bounds, cells }: HistogramTally, format: Format): void {
  const { name, help } = form
  head(lines, { name, help, type: 'histogram' }, format)
  const buckets = [...bounds.map(bound => boundText(bound, format)), '+Inf'].map(le => `${name}_bucket{le="${le}"`)
  for (const { labels, cell } of cells) {
    const rest = pairs(labels)
    const end = rest === '' ? '} ' : `,${rest}} `
    const whole = rest === '' ? ' ' : `{${rest}} `
    let count = 0
    for (const [index, counted] of cell.counts.entries()) {
      count += counted
      const exemplar = format === 'openmetrics' ? cell.exemplars?.[index] : undefined
      lines.push(`${buckets[index]}${end}${count}${exemplar ? exemplarText(exemplar) : ''}`)
    }
    lines.push(`${name}_sum${whole}${number(cell.sum)}`, `${name}_count${whole}${count}`)
  }
}

/** OpenMetrics wants bounds to look like floats. */
const boundText = (bound: number, format: Format): string =>
  format === 'openmetrics' && Number.isInteger(bound) ? `${bound}.0` : String(bound)

const exemplarText = ({ traceId, value, at }: Exemplar): string =>
  ` # {trace_id="${escaped(traceId)}"} ${number(value)} ${at.toFixed(3)}`

const labelled = (labels: Sample['labels']): string => {
  const text = pairs(labels)
  return text === '' ? '' : `{${text}}`
}

function pairs(labels: Sample['labels']): string {
  let text = ''
  for (const name in labels) text += `${text === '' ? '' : ','}${name}="${escaped(String(labels[name]))}"`
  return text
}

const special = /[\\\n"]/
const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '"': '\\"' }
const escaped = (text: string): string =>
  special.test(text) ? text.replaceAll(/[\\\n"]/g, character => escapes[character] ?? character) : text

function number(value: number): string {
  if (Number.isFinite(value)) return String(value)
  if (Number.isNaN(value)) return 'NaN'
  return value > 0 ? '+Inf' : '-Inf'
}
