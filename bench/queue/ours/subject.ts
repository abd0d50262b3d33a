import { reserveHere } from '../../../src/queue/hand-off.ts'
import type { NewJob } from '../../../src/queue/job.ts'
import type { Worker } from '../../../src/queue/worker.ts'
import { postgresAdmin } from '../postgres-admin.ts'
import { type Subject, waitOf } from '../subject.ts'
import { newJob, newJobs, type OurQueue, queueName, stopWorker } from './queue.ts'

export function ourSubject(queue: OurQueue): Subject {
  let worker: Worker | undefined
  return {
    enqueue: (jobs, batch) => enqueue(queue, jobs, batch),
    tidy: () => tidy(queue),
    work: async began => {
      const started = queue.startWorker(async ({ job }) => began(waitOf(carried(job.payload))))
      worker = started
      return async () => {
        worker = undefined
        await stopWorker(started)
      }
    },
    unfinished: () => unfinished(queue),
    send: sentAt => send(queue, worker, { payload: { sentAt } }),
  }
}

export async function enqueue(queue: OurQueue, jobs: number, batch: number): Promise<void> {
  for (let left = jobs; left > 0; left -= batch) {
    await queue.insert(newJobs(Math.min(batch, left)))
    queue.notifier.publish('queue', queueName)
  }
}

export async function tidy({ database }: OurQueue): Promise<void> {
  // The log is then written over, as in operation, and not made to grow again.
  if (database.dialect === 'sqlite') database.writer.run('pragma wal_checkpoint(restart)')
  else {
    await using admin = postgresAdmin(database.url)
    await admin.tidy()
  }
}

export async function unfinished({ database, admin }: OurQueue): Promise<number> {
  // On Postgres as of the peers: by a connection that does as the server is set.
  if (admin) return admin.number(countUnfinished)
  return (await database.query<{ jobs: number }>(countUnfinished, []))[0]?.jobs ?? 0
}

const countUnfinished = 'select count(*) jobs from jobs where finished_at is null'

/** Enqueues one job as the API does: handed to this process's worker where that has room, or to one that says so. */
export async function send(queue: OurQueue, worker: Worker | undefined, given: Partial<NewJob>): Promise<void> {
  const job = newJob(given)
  const here = worker ? reserveHere(worker, job.tenantId) : null
  const handOff = here ?? queue.rooms.reserve(job)
  const { state, told } = await queue.insertAlone(job, handOff)
  if (handOff && state === 'running') handOff.begin({ ...job, attempt: 1, ordered: false }, told)
  else {
    handOff?.release()
    worker?.wake()
    queue.notifier.publish('queue', queueName)
  }
}

/** What the bench's own jobs carry. */
export const carried = (payload: unknown): { sentAt?: number } =>
  typeof payload === 'object' && payload !== null && 'sentAt' in payload ? { sentAt: Number(payload.sentAt) } : {}
