import { median } from '../../statistics.ts'
import { wallMs } from '../subject.ts'
import type { ClaimTimes, WorkTimes } from './calls.ts'
import { newJob, type OurQueue, stopWorker } from './queue.ts'
import { enqueue } from './subject.ts'

const pauseMs = 5

/** Works off a backlog and then single jobs, and says what claiming cost. */
export async function claims(
  queue: OurQueue,
  { jobs, batch, singles }: { jobs: number; batch: number; singles: number },
): Promise<ClaimTimes> {
  await enqueue(queue, jobs, batch)
  queue.claims.length = 0
  const worked = workedOff(queue, jobs)
  await worked.all
  const perThousandMs = claimMsPerJob(secondHalf(queue)) * 1000
  queue.claims.length = 0
  for (let sent = 0; sent < singles; sent++) {
    const begun = worked.next()
    await queue.insert([newJob({ payload: { sentAt: wallMs() } })])
    worked.worker.wake()
    await begun
    await Bun.sleep(pauseMs)
  }
  const singleMs = median(queue.claims.map(({ seconds }) => seconds * 1000))
  await stopWorker(worked.worker)
  return { perThousandMs, singleMs }
}

/** Works until so many jobs have ended, and leaves the others. */
export async function workSome(
  queue: OurQueue,
  { jobs, concurrency }: { jobs: number; concurrency: number },
): Promise<WorkTimes> {
  queue.claims.length = 0
  const begun = performance.now()
  const { all, worker } = workedOff(queue, jobs, concurrency)
  await all
  const took = performance.now() - begun
  await stopWorker(worker)
  return { per200Ms: (took / jobs) * 200, claimMsPer200: claimMsPerJob(queue.claims) * 200 }
}

/** Starts a worker on jobs that do nothing. */
function workedOff(queue: OurQueue, jobs: number, concurrency?: number) {
  let handled = 0
  const all = Promise.withResolvers<void>()
  let begun = Promise.withResolvers<void>()
  const worker = queue.startWorker(
    async () => {
      if (++handled === jobs) all.resolve()
      begun.resolve()
    },
    concurrency === undefined ? {} : { concurrency },
  )
  const next = () => {
    begun = Promise.withResolvers()
    return begun.promise
  }
  return { worker, all: all.promise, next }
}

const secondHalf = ({ claims }: OurQueue) => claims.slice(Math.floor(claims.length / 2))

function claimMsPerJob(claims: OurQueue['claims']): number {
  const seconds = claims.reduce((sum, claim) => sum + claim.seconds, 0)
  const jobs = claims.reduce((sum, claim) => sum + claim.count, 0)
  return (seconds * 1000) / jobs
}
