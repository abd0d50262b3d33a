import { AppError } from '../errors.ts'
import type { NewJob } from './job.ts'

/**
 * Puts jobs behind those of the same batch that they depend on, and leaves their order otherwise as it is. So whatever a
 * job waits for, by dependency or by order key, was enqueued before it, and no two can wait for each other. In several
 * waves where a job depends on a unique one: which job that will be is known only when it has been inserted.
 * @throws AppError invalid_request where jobs depend on each other in a circle, or two have one id
 */
export function dependencyWaves(jobs: NewJob[]): NewJob[][] {
  const byId = new Map(jobs.map(job => [job.id, job]))
  if (byId.size < jobs.length) throw new AppError('invalid_request', 'Two jobs of the batch have the same id.')
  const waveOf = new Map<string, number>()
  const waves: NewJob[][] = []
  const open = new Set<string>()
  for (const root of jobs) {
    // A stack of its own: a chain of jobs may be longer than calls can be deep.
    const stack: Visit[] = waveOf.has(root.id) ? [] : [visit(root, byId)]
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const { job, before } = top
      open.add(job.id)
      const next = before[top.next++]
      if (next) {
        if (open.has(next.id)) throw new AppError('invalid_request', `Job ${next.id} would wait for itself.`)
        if (!waveOf.has(next.id)) stack.push(visit(next, byId))
        continue
      }
      const wave = Math.max(0, ...before.map(({ id, unique }) => (waveOf.get(id) ?? 0) + (unique ? 1 : 0)))
      waveOf.set(job.id, wave)
      while (waves.length <= wave) waves.push([])
      waves[wave]?.push(job)
      open.delete(job.id)
      stack.pop()
    }
  }
  return waves
}

interface Visit {
  job: NewJob
  /** Those of the batch that it depends on. */
  before: NewJob[]
  next: number
}

const visit = (job: NewJob, byId: ReadonlyMap<string, NewJob>): Visit => ({
  job,
  before: (job.dependsOn ?? []).flatMap(id => byId.get(id) ?? []),
  next: 0,
})
