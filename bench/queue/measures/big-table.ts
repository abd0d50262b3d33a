import { engines } from '../../bench.ts'
import { median } from '../../statistics.ts'
import type { MeasureContext } from '../measure.ts'
import type { WorkTimes } from '../ours/calls.ts'
import { openOurs } from '../subjects.ts'

const tenants = 10
const concurrency = 200

/** What 200 jobs cost in an almost empty table, and with many that wait and have ended. */
export async function measureBigTable({ report, servers, sizes }: MeasureContext): Promise<void> {
  const { rows, jobs } = sizes.bigTable
  for (const engine of engines) {
    const setting = { engine, keepsCompleted: true }
    await using small = await openOurs(servers, setting)
    await using big = await openOurs(servers, setting)
    const [few, many] = [small.start(), big.start()]
    await many.call('fill', { waiting: rows, finished: rows, tenants })
    const times: { few: WorkTimes[]; many: WorkTimes[] } = { few: [], many: [] }
    for (let round = -1; round < sizes.rounds; round++) {
      await few.call('empty', null)
      await few.call('fill', { waiting: jobs, finished: 0, tenants })
      // Neither has dead rows of a round before: adds nothing, and has the table vacuumed as that one is.
      await many.call('fill', { waiting: 0, finished: 0, tenants })
      const ofFew = await few.call('workSome', { jobs, concurrency })
      const ofMany = await many.call('workSome', { jobs, concurrency })
      if (round < 0) continue // the first is to warm up
      times.few.push(ofFew)
      times.many.push(ofMany)
    }
    const subject = `${rows} jobs waiting and ${rows} finished, ${engine}`
    for (const [metric, read] of metrics) {
      const [small, big] = [median(times.few.map(read)), median(times.many.map(read))]
      report.add(subject, `${metric} in an almost empty table`, small, 'ms')
      report.add(subject, metric, big, 'ms')
      report.add(subject, `${metric}, times almost empty`, big / small, '×')
    }
  }
}

const metrics: [string, (times: WorkTimes) => number][] = [
  ['claim of 200', times => times.claimMsPer200],
  ['claim and settling of 200', times => times.per200Ms],
]
