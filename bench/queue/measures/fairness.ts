import { engines } from '../../bench.ts'
import { quantile } from '../../statistics.ts'
import type { MeasureContext } from '../measure.ts'
import { openOurs } from '../subjects.ts'

const concurrency = 20
const handlerMs = 2
/** Enough to keep every slot busy, and no more. */
const shortBacklog = 50

/** What a tenant's few jobs wait beside another's backlog. */
export async function measureFairness({ report, servers, sizes }: MeasureContext): Promise<void> {
  const { backlog, jobs, perSecond } = sizes.fairness
  // More than can be worked off before the last job is sent.
  const prefill = backlog + Math.ceil((jobs / perSecond + 1) * ((concurrency * 1000) / handlerMs))
  for (const engine of engines) {
    const subject = fairnessSubject(engine)
    const measure = async (of: string, given: { prefill: number; keep: number }) => {
      await using opened = await openOurs(servers, { engine, keepsCompleted: false })
      const input = { ...given, jobs, perSecond, concurrency, handlerMs }
      const { waits, left, othersPerSecond } = await opened.start().call('fairness', input)
      report.add(subject, `wait ${of}, median`, quantile(waits, 0.5), 'ms')
      report.add(subject, `wait ${of}, p95`, quantile(waits, 0.95), 'ms')
      if (given.keep > 0) {
        report.add(subject, `left of the others', ${of}`, left, 'jobs')
        report.add(subject, `begun of the others', ${of}`, othersPerSecond, 'jobs/s')
      }
      return quantile(waits, 0.95)
    }
    const alone = await measure('alone', { prefill: 0, keep: 0 })
    const short = await measure(`beside ${shortBacklog}`, { prefill: shortBacklog, keep: shortBacklog })
    const long = await measure(`beside ${backlog}`, { prefill, keep: backlog })
    report.add(subject, 'p95 beside the backlog, times alone', long / alone, '×')
    report.add(subject, `p95 beside the backlog, times beside ${shortBacklog}`, long / short, '×')
  }
}

export const fairnessSubject = (engine: string): string => `a tenant's jobs beside another's, ${engine}`
