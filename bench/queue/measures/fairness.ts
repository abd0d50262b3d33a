import { type Engine, engines } from '../../bench.ts'
import { median, quantile } from '../../statistics.ts'
import type { MeasureContext } from '../measure.ts'
import { openOurs } from '../subjects.ts'

const concurrency = 20
const handlerMs = 10
/** With jobs so brief the machine's cores are full: what another's job waits for then is a core, whatever its turn. */
const briefMs = 2
/** Enough to keep every slot busy, and no more. */
const shortBacklog = 50

/** What a tenant's few jobs wait beside another's backlog: alone and beside it in turn, some rounds of it. */
export async function measureFairness(context: MeasureContext): Promise<void> {
  for (const engine of engines) await measureOn(context, engine)
}

export const fairnessSubject = (engine: string): string => `a tenant's jobs beside another's, ${engine}`

async function measureOn({ report, servers, sizes }: MeasureContext, engine: Engine): Promise<void> {
  const { rounds, backlog, jobs, perSecond } = sizes.fairness
  // More than can be worked off before the last job is sent.
  const prefill = (ms: number) => backlog + Math.ceil((jobs / perSecond + 1) * ((concurrency * 1000) / ms))
  const setting = (of: string, ms: number, given: { prefill: number; keep: number }) => ({
    of,
    input: { ...given, jobs, perSecond, concurrency, handlerMs: ms },
    waits: [] as number[],
    left: [] as number[],
    othersPerSecond: [] as number[],
  })
  const none = { prefill: 0, keep: 0 }
  const alone = setting('alone', handlerMs, none)
  const short = setting(`beside ${shortBacklog}`, handlerMs, { prefill: shortBacklog, keep: shortBacklog })
  const long = setting(`beside ${backlog}`, handlerMs, { prefill: prefill(handlerMs), keep: backlog })
  const brief = `of ${briefMs} ms`
  const briefAlone = setting(`${brief}, alone`, briefMs, none)
  const briefLong = setting(`${brief}, beside ${backlog}`, briefMs, { prefill: prefill(briefMs), keep: backlog })
  const settings = [alone, short, long, briefAlone, briefLong]

  for (let round = 0; round < rounds; round++) {
    for (const { input, ...taken } of settings) {
      await using opened = await openOurs(servers, { engine, keepsCompleted: false })
      const result = await opened.start().call('fairness', input)
      taken.waits.push(...result.waits)
      taken.left.push(result.left)
      taken.othersPerSecond.push(result.othersPerSecond)
    }
  }

  const subject = fairnessSubject(engine)
  const p95 = ({ waits }: { waits: number[] }) => quantile(waits, 0.95)
  for (const each of settings) {
    report.add(subject, `wait ${each.of}, median`, median(each.waits), 'ms')
    report.add(subject, `wait ${each.of}, p95`, p95(each), 'ms')
    if (each.input.keep === 0) continue
    report.add(subject, `left of the others', ${each.of}, fewest`, Math.min(...each.left), 'jobs')
    report.add(subject, `begun of the others', ${each.of}`, median(each.othersPerSecond), 'jobs/s')
  }
  report.add(subject, 'p95 beside the backlog, times alone', p95(long) / p95(alone), '×')
  report.add(subject, `p95 beside the backlog, times beside ${shortBacklog}`, p95(long) / p95(short), '×')
  report.add(subject, `p95 ${brief} beside the backlog, times alone`, p95(briefLong) / p95(briefAlone), '×')
}
