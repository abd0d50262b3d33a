import type { MeasureContext } from '../measure.ts'
import { openOurs } from '../subjects.ts'

const concurrency = 50
const handlerMs = 1

/** Several processes on one Postgres, each with 50 jobs at a time of one millisecond. */
export async function measureScaling(context: MeasureContext): Promise<void> {
  for (const hints of ['NOTIFY', 'Redis'] as const) {
    let alone = 0
    for (const processes of [1, 2, 3]) {
      const rate = await workedOff(context, processes, hints)
      if (processes === 1) alone = rate
      const subject = `${processes} ${processes === 1 ? 'process' : 'processes'} on Postgres, ${hints}`
      context.report.add(subject, 'jobs of 1 ms', rate, 'jobs/s')
      if (processes > 1) context.report.add(subject, 'jobs of 1 ms, times one process', rate / alone, '×')
    }
  }
}

async function workedOff({ servers, sizes }: MeasureContext, processes: number, hints: 'NOTIFY' | 'Redis') {
  const redisUrl = hints === 'Redis' ? await servers.emptyRedis() : null
  await using opened = await openOurs(servers, { engine: 'postgres', keepsCompleted: false, redisUrl })
  const queues = Array.from({ length: processes }, opened.start)
  let rate = 0
  for (const jobs of [sizes.warmUp, sizes.jobs]) {
    await queues[0]?.call('enqueue', { jobs, batch: sizes.batch })
    await queues[0]?.call('tidy', null)
    const shares = await Promise.all(queues.map(queue => queue.call('workAll', { concurrency, handlerMs })))
    const handled = shares.reduce((sum, share) => sum + share.handled, 0)
    if (handled !== jobs) throw new Error(`${processes} processes handled ${handled} jobs instead of ${jobs}.`)
    const took = Math.min(...shares.map(share => share.emptyAt)) - Math.min(...shares.map(share => share.beganAt))
    rate = (jobs * 1000) / took
  }
  return rate
}
