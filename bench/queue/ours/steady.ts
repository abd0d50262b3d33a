import { median } from '../../statistics.ts'
import type { Slice } from './calls.ts'
import { newJobs, type OurQueue, queueName, stopWorker } from './queue.ts'
import { unfinished } from './subject.ts'

const ticksPerSecond = 50

/** As many jobs a second as it is told, worked off as they come. */
export async function steady(
  queue: OurQueue,
  { perSecond, seconds, slices }: { perSecond: number; seconds: number; slices: number },
): Promise<Slice[]> {
  const worker = queue.startWorker(async () => {})
  const made: Slice[] = []
  const begun = performance.now()
  let sent = 0
  for (let slice = 1; slice <= slices; slice++) {
    queue.claims.length = 0
    const until = (seconds * slice) / slices
    while (performance.now() - begun < until * 1000) {
      const due = Math.floor(((performance.now() - begun) / 1000) * perSecond)
      await queue.insert(newJobs(due - sent))
      sent = due
      worker.wake()
      queue.notifier.publish('queue', queueName)
      await Bun.sleep(1000 / ticksPerSecond)
    }
    made.push({
      claimMs: median(queue.claims.map(claim => claim.seconds * 1000)),
      tableBytes: await tableBytes(queue),
      waiting: await unfinished(queue),
    })
  }
  await stopWorker(worker)
  return made
}

async function tableBytes({ database }: OurQueue): Promise<number> {
  const text =
    database.dialect === 'postgres'
      ? `select pg_total_relation_size('jobs')::float8 bytes`
      : 'select page_count * page_size bytes from pragma_page_count, pragma_page_size'
  return (await database.query<{ bytes: number }>(text, []))[0]?.bytes ?? Number.NaN
}
