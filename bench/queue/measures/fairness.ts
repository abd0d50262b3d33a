import { engines } from '../../bench.ts'
import { quantile } from '../../statistics.ts'
import type { MeasureContext } from '../measure.ts'
import { openOurs } from '../subjects.ts'

const concurrency = 20
const handlerMs = 10
/** With jobs so brief the machine's cores are full: what another's job waits for then is a core, whatever its turn. */
const briefMs = 2
/** Enough to keep every slot busy, and no more. */
const shortBacklog = 50

/** What a tenant's few jobs wait beside another's backlog. */
export async function measureFairness({ report, servers, sizes }: MeasureContext): Promise<void> {
  const { backlog, jobs, perSecond } = sizes.fairness
  // More than can be worked off before the last job is sent.
  const prefill = (ms: number) => backlog + Math.ceil((jobs / perSecond + 1) * ((concurrency * 1000) / ms))
  for (const engine of engines) {
    const subject = fairnessSubject(engine)
    const measure = async (of: string, given: { prefill: number; keep: number }, ms = handlerMs) => {
      await using opened = await openOurs(servers, { engine, keepsCompleted: false })
      const input = { ...given, jobs, perSecond, concurrency, handlerMs: ms }
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
    const long = await measure(`beside ${backlog}`, { prefill: prefill(handlerMs), keep: backlog })
    const brief = `of ${briefMs} ms`
    const briefAlone = await measure(`${brief}, alone`, { prefill: 0, keep: 0 }, briefMs)
    const briefLong = await measure(
      `${brief}, beside ${backlog}`,
      { prefill: prefill(briefMs), keep: backlog },
      briefMs,
    )
    report.add(subject, 'p95 beside the backlog, times alone', long / alone, '×')
    report.add(subject, `p95 beside the backlog, times beside ${shortBacklog}`, long / short, '×')
    report.add(subject, `p95 ${brief} beside the backlog, times alone`, briefLong / briefAlone, '×')
  }
}

export const fairnessSubject = (engine: string): string => `a tenant's jobs beside another's, ${engine}`
