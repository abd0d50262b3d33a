import { collectDefaultMetrics, Registry } from 'prom-client'
import type { SampledFamily } from './exposition.ts'

/** Of prom-client's, those that Bun has true values for; the rest are empty, or numbers of another engine. */
const processMetrics: ReadonlySet<string> = new Set([
  'process_cpu_user_seconds_total',
  'process_cpu_system_seconds_total',
  'process_cpu_seconds_total',
  'process_start_time_seconds',
  'process_resident_memory_bytes',
  'process_virtual_memory_bytes',
  'process_open_fds',
  'process_max_fds',
  'nodejs_eventloop_lag_seconds',
  'nodejs_eventloop_lag_mean_seconds',
  'nodejs_eventloop_lag_max_seconds',
  'nodejs_eventloop_lag_p50_seconds',
  'nodejs_eventloop_lag_p90_seconds',
  'nodejs_eventloop_lag_p99_seconds',
  'nodejs_heap_size_total_bytes',
  'nodejs_heap_size_used_bytes',
  'nodejs_external_memory_bytes',
])

/** Reads memory, CPU and event-loop delay of this process; the delay from the first reading on. */
export function readProcess(): () => Promise<SampledFamily[]> {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  for (const { name } of registry.getMetricsAsArray()) if (!processMetrics.has(name)) registry.removeSingleMetric(name)
  return async () => {
    const read = await registry.getMetricsAsJSON()
    return read.map(({ name, help, type, values }) => ({
      name,
      help,
      // Their type is declared as an enum, and is its name.
      type: String(type) === 'counter' ? 'counter' : 'gauge',
      samples: values.map(({ labels, value }) => ({ labels: definite(labels), value })),
    }))
  }
}

const definite = (labels: Partial<Record<string, string | number>>): Record<string, string | number> =>
  Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, value ?? '']))
