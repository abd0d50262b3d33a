import { countFacts, type LastBackup } from './count-facts.ts'
import type { Format, SampledFamily } from './exposition.ts'
import type { FactListener } from './facts.ts'
import type { GaugeValues } from './gauges.ts'
import { makeTallies } from './tallies.ts'
import type { CounterTally, HistogramTally } from './tally.ts'

/**
 * What is asked when metrics are read, all at once. One that rejects is left out, and told as a failure of the loop
 * `metrics`; each has its own limit of time.
 */
export type Reading = () => GaugeValues | Promise<GaugeValues>

export interface MetricsOptions {
  readings: readonly Reading[]
  emit: FactListener
}

export interface Metrics {
  /** Turns facts into numbers. */
  readonly count: FactListener
  render(format?: Format): Promise<string>
}

export function createMetrics({ readings, emit }: MetricsOptions): Metrics {
  const counters: CounterTally[] = []
  const histograms: HistogramTally[] = []
  const tallies = makeTallies(counters, histograms)
  let lastBackup: LastBackup | undefined
  let loaded: ReturnType<typeof load> | undefined

  const attempt = async (reading: Reading): Promise<GaugeValues> => {
    try {
      return await reading()
    } catch (error) {
      emit('loop.failed', { loop: 'metrics', error })
      return {}
    }
  }
  return {
    count: countFacts(tallies, made => {
      lastBackup = made
    }),
    render: async (format = 'prometheus') => {
      loaded ??= load()
      const { exposition, gaugeFamilies, readProcess } = await loaded
      const [ofProcess, ...read] = await Promise.all([readProcess(), ...readings.map(attempt)])
      // What all processes have made, where that could be read, is later than what this one has.
      const gauges: GaugeValues = Object.assign({}, lastBackup && ofBackup(lastBackup), ...read)
      const others: SampledFamily[] = [...gaugeFamilies(gauges), ...ofProcess]
      return exposition({ counters, histograms, others }, format)
    },
  }
}

/** At the first reading: a start has better things to do than to load what turns numbers into text. */
async function load() {
  const [{ exposition }, { gaugeFamilies }, { readProcess }] = await Promise.all([
    import('./exposition.ts'),
    import('./gauges.ts'),
    import('./process-metrics.ts'),
  ])
  return { exposition, gaugeFamilies, readProcess: readProcess() }
}

const ofBackup = ({ at, bytes }: LastBackup): GaugeValues => ({
  backup_last_success_timestamp_seconds: at,
  backup_last_size_bytes: bytes,
})
