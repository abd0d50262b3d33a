import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pricesAsOf } from '../../src/agents/models/price-list.ts'
import { type GaugeForm, gaugeForms } from '../../src/telemetry/gauges.ts'
import { readProcess } from '../../src/telemetry/process-metrics.ts'
import { makeTallies } from '../../src/telemetry/tallies.ts'
import type { CounterTally, HistogramTally } from '../../src/telemetry/tally.ts'

const page = readFileSync(join(import.meta.dir, '../../docs/metrics.md'), 'utf8')

/** As the page writes it: `name | type | labels`. */
interface Told {
  name: string
  type: string
  labels: string
}

function onThePage(): (Told & { unit: string; advice: string })[] {
  return page.split('\n').flatMap(line => {
    const [name, type = '', labels = '', unit = '', advice = ''] = line
      .split('|')
      .slice(1)
      .map(cell => cell.trim())
    const metric = /^`(\w+)`$/.exec(name ?? '')?.[1]
    return metric ? [{ name: metric, type, labels, unit, advice }] : []
  })
}

async function inTheRegistry(): Promise<Told[]> {
  const counters: CounterTally[] = []
  const histograms: HistogramTally[] = []
  makeTallies(counters, histograms)
  const tally = (type: string) => (one: CounterTally | HistogramTally) => ({
    name: one.form.name,
    type,
    labels: one.form.labels.join(', '),
  })
  const gauges = Object.entries<GaugeForm>(gaugeForms)
  const ofProcess = await readProcess()()
  return [
    ...counters.map(tally('counter')),
    ...histograms.map(tally('histogram')),
    ...gauges.map(([name, { labels = [], global }]) => ({
      name: `bunkhouse_${name}`,
      type: global ? 'gauge, global' : 'gauge',
      labels: labels.join(', '),
    })),
    ...ofProcess.map(({ name, type }) => ({ name, type, labels: '' })),
  ]
}

const inOrder = (told: Told[]) => told.map(({ name, type, labels }) => `${name} | ${type} | ${labels}`).toSorted()

test('docs/metrics.md lists every metric with its type and labels, and no other', async () => {
  expect(inOrder(onThePage())).toEqual(inOrder(await inTheRegistry()))
})

test('every metric on the page has a unit', () => {
  expect(onThePage().filter(({ unit }) => unit === '')).toEqual([])
})

test('a unit in a name is that of the page', () => {
  for (const { name, unit } of onThePage()) {
    const named = /_(seconds|bytes)(_total)?$/.exec(name)?.[1]
    if (named) expect(`${name} ${unit}`).toBe(`${name} ${named === 'seconds' ? 's' : named}`)
  }
})

test('the page says from when the prices are', () => {
  expect(page.replaceAll(/\s+/g, ' ')).toContain(`as of ${pricesAsOf}, by their whole names`)
})
