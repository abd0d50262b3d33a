import { engines } from '../../bench.ts'
import type { MeasureContext } from '../measure.ts'
import { openOurs } from '../subjects.ts'

const slices = 6

/** Whether the table and the time to claim stay as they are while jobs come and go. */
export async function measureBloat({ report, servers, sizes }: MeasureContext): Promise<void> {
  const { perSecond, minutes } = sizes.steady
  for (const engine of engines) {
    await using opened = await openOurs(servers, { engine, keepsCompleted: false })
    const taken = await opened.start().call('steady', { perSecond, seconds: minutes * 60, slices })
    const [first, middle, last] = [taken[0], taken[slices / 2 - 1], taken.at(-1)]
    if (!first || !middle || !last) throw new Error('The run gave no figures.')
    const subject = steadySubject(perSecond, minutes, engine)
    report.add(subject, 'table after a sixth', first.tableBytes / 1e6, 'MB')
    report.add(subject, 'table after a half', middle.tableBytes / 1e6, 'MB')
    report.add(subject, 'table at the end', last.tableBytes / 1e6, 'MB')
    report.add(subject, 'table, end over half', last.tableBytes / middle.tableBytes, '×')
    report.add(subject, 'claim in the first sixth, median', first.claimMs, 'ms')
    report.add(subject, 'claim in the last sixth, median', last.claimMs, 'ms')
    report.add(subject, 'claim, last over first', last.claimMs / first.claimMs, '×')
    report.add(subject, 'waiting at the end', last.waiting, 'jobs')
  }
}

export const steadySubject = (perSecond: number, minutes: number, engine: string): string =>
  `${perSecond} jobs/s for ${minutes} min on ${engine}`
