import { inArray } from 'drizzle-orm'
import type { Actor, AppContext } from '../context.ts'
import type { Transaction } from '../db/database.ts'
import { AppError, type FieldError } from '../errors.ts'
import { enqueueAlone, enqueueJobs } from '../queue/enqueue.ts'
import { type HandOff, reserveHere } from '../queue/hand-off.ts'
import type { ClaimedJob, NewJob } from '../queue/job.ts'
import type { JobState } from '../queue/job-state.ts'
import { queueTime } from '../queue/time.ts'
import { newJobs, type RequestedJob, requestErrors } from './new-job.ts'
import { refErrors } from './refs.ts'

type Needs = Pick<
  AppContext,
  'clock' | 'config' | 'database' | 'emit' | 'fileJobs' | 'kinds' | 'notifier' | 'rooms' | 'workers'
>

export interface CreatedJob {
  id: string
  state: JobState
  /** False: it was there before, with the same unique key. */
  created: boolean
}

/**
 * Puts jobs on disk, all of them or none, and says what became of each, in their order. A single one begins at once where
 * this process has room, or another one says so.
 * @throws AppError invalid_request, not_found (a job depended on), rate_limited (a queue is full)
 */
export async function createJobs(app: Needs, actor: Actor, requested: RequestedJob[]): Promise<CreatedJob[]> {
  const errors = [
    ...(await requestErrors(app.fileJobs, requested)),
    ...refErrors(requested.map(({ body, at }) => ({ at, ref: body.ref, dependsOn: body.depends_on ?? [] }))),
  ]
  if (errors.length > 0) throw invalid(errors)
  const jobs = newJobs(actor, app.fileJobs, requested)
  const [only] = jobs
  const handOff = jobs.length === 1 && only && mayBeginNow(only) ? reserve(app, only) : null
  const meant = handOff ? jobs.map(job => ({ ...job, ...handOff.fields })) : jobs
  const { created, told } = await store(app, meant, handOff).catch(error => {
    handOff?.release()
    throw error
  })
  tell(app, jobs, created)
  const [begun] = created
  if (only && begun?.created && begun.state === 'running') handOff?.begin(handedOff(only), told)
  else handOff?.release()
  return created
}

function reserve({ workers, rooms }: Needs, job: NewJob): HandOff | null {
  const worker = workers.get(job.queue)
  const here = worker ? reserveHere(worker, job.tenantId) : null
  // One that is offered to a worker that has just died has lost an attempt.
  return here ?? (job.maxAttempts > 1 ? rooms.reserve(job) : null)
}

/** One that was inserted as running would not meet the job that has its key, where `running` is not one of their states. */
const mayBeginNow = ({ delayMs, dependsOn, unique }: NewJob): boolean =>
  !delayMs && !dependsOn?.length && (!unique || unique.states.includes('running'))

/** `told`: the hand-off's hint went with the insert. */
async function store(
  app: Needs,
  jobs: NewJob[],
  handOff: HandOff | null,
): Promise<{ created: CreatedJob[]; told: boolean }> {
  const leaseMs = handOff?.leaseMs ?? app.config.leaseSeconds * 1000
  const time = { now: queueTime(app.database, app.clock), leaseMs }
  const [only] = jobs
  const hint = handOff?.hint ?? null
  const alone = only && jobs.length === 1 ? await enqueueAlone(app, only, time, hint) : null
  if (alone?.existing === null) {
    return { created: [{ id: alone.id, state: alone.state, created: true }], told: hint !== null }
  }
  const created = await app.database.transaction(async tx => {
    const inserted = await enqueueJobs(app, tx, jobs, time)
    const states = await readStates(
      tx,
      inserted.flatMap(({ existing }) => existing ?? []),
    )
    return inserted.map(one =>
      one.existing === null
        ? { id: one.id, state: one.state, created: true }
        : { id: one.existing, state: states.get(one.existing) ?? 'available', created: false },
    )
  })
  return { created, told: false }
}

async function readStates({ orm, tables: { jobs } }: Transaction, ids: string[]): Promise<Map<string, JobState>> {
  if (ids.length === 0) return new Map()
  const rows = await orm.select({ id: jobs.id, state: jobs.state }).from(jobs).where(inArray(jobs.id, ids))
  return new Map(rows.map(row => [row.id, row.state as JobState])) // written by the queue only
}

/** Wakes whoever is to work on them, here and in other processes. */
function tell(app: Needs, jobs: NewJob[], created: CreatedJob[]): void {
  const waiting = new Set<string>()
  for (const [index, job] of jobs.entries()) {
    const { state, created: isNew } = created[index] ?? {}
    if (isNew) app.emit('job.enqueued', { queue: job.queue, kind: job.kind, count: 1 })
    if (state !== 'running' || !isNew) waiting.add(job.queue)
  }
  for (const queue of waiting) {
    app.workers.get(queue)?.wake()
    app.notifier.publish('queue', queue)
  }
}

const handedOff = (job: NewJob): ClaimedJob => ({
  id: job.id,
  tenantId: job.tenantId,
  queue: job.queue,
  kind: job.kind,
  payload: job.payload,
  attempt: 1,
  maxAttempts: job.maxAttempts,
  ordered: job.orderKey != null,
  limitKey: job.limitKey ?? null,
  timeoutMs: job.timeoutMs ?? null,
  traceParent: job.traceParent,
})

function invalid(errors: FieldError[]): AppError {
  const [first] = errors
  return new AppError('invalid_request', `The body is wrong at ${first?.path}: ${first?.message}`, { errors })
}
