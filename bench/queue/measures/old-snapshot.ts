import type { MeasureContext } from '../measure.ts'
import { postgresAdmin } from '../postgres-admin.ts'
import { openOurs } from '../subjects.ts'

/** What claiming costs while somebody else keeps an old view of the data, as pg_dump does. */
export async function measureOldSnapshot({ report, servers, sizes }: MeasureContext): Promise<void> {
  const subject = 'an old snapshot open, postgres'
  const measure = async (held: boolean) => {
    const setting = { engine: 'postgres', keepsCompleted: false } as const
    await using opened = await openOurs(servers, setting)
    const queue = opened.start()
    await queue.call('claims', { jobs: sizes.warmUp, batch: sizes.batch, singles: 1 })
    await queue.call('tidy', null)
    await using reader = postgresAdmin(opened.url)
    if (held) {
      await reader.run('begin isolation level repeatable read')
      await reader.number('select count(*) from jobs')
    }
    const { jobs, singles } = sizes.oldSnapshot
    const times = await queue.call('claims', { jobs, batch: sizes.batch, singles })
    const of = held ? 'with it' : 'without it'
    report.add(subject, `claiming 1000 of a backlog, ${of}`, times.perThousandMs, 'ms')
    report.add(subject, `claiming one job, ${of}, median`, times.singleMs, 'ms')
    return times
  }
  const without = await measure(false)
  const held = await measure(true)
  report.add(subject, 'claiming of a backlog, times without', held.perThousandMs / without.perThousandMs, '×')
  report.add(subject, 'claiming one job, times without', held.singleMs / without.singleMs, '×')
}
