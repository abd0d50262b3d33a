import type { AppContext } from '../../context.ts'
import type { SystemContext } from '../read-system.ts'
import { type Alert, judgeGauges } from './alert.ts'

/** What is wrong now. What cannot be read is left out: then the process is not ready, which is told. */
export async function readAlerts({
  clock,
  readings,
}: Pick<AppContext, 'clock'> & Pick<SystemContext, 'readings'>): Promise<Alert[]> {
  const read = await Promise.allSettled(readings.map(async reading => reading()))
  const gauges = Object.assign({}, ...read.map(one => (one.status === 'fulfilled' ? one.value : {})))
  return judgeGauges(gauges, clock.now() / 1_000)
}
