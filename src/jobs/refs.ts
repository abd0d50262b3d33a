import type { FieldError } from '../errors.ts'

/** A job of a request, as far as others may depend on it. `at` is the JSON pointer to it. */
export interface RefJob {
  at: string
  ref?: string | undefined
  dependsOn: string[]
}

/** What is wrong with the refs of one request: two of one name, and jobs that wait for each other in a circle. */
export function refErrors(jobs: RefJob[]): FieldError[] {
  const byRef = new Map<string, RefJob>()
  const errors: FieldError[] = []
  for (const job of jobs) {
    if (job.ref === undefined) continue
    const first = byRef.get(job.ref)
    if (first) errors.push(fieldError(`${job.at}/ref`, `It is the ref of ${first.at} already.`))
    else byRef.set(job.ref, job)
  }
  return errors.length > 0 ? errors : circleErrors(jobs, byRef)
}

function circleErrors(jobs: RefJob[], byRef: ReadonlyMap<string, RefJob>): FieldError[] {
  const dependents = new Map<RefJob, RefJob[]>(jobs.map(job => [job, []]))
  const waitsFor = new Map<RefJob, number>()
  for (const job of jobs) {
    const before = new Set(job.dependsOn.flatMap(name => byRef.get(name) ?? []))
    waitsFor.set(job, before.size)
    for (const one of before) dependents.get(one)?.push(job)
  }
  const free = jobs.filter(job => waitsFor.get(job) === 0)
  // Grows while it is walked: whoever waits for nobody sets free those behind.
  for (const job of free) {
    for (const dependent of dependents.get(job) ?? []) {
      const left = (waitsFor.get(dependent) ?? 0) - 1
      waitsFor.set(dependent, left)
      if (left === 0) free.push(dependent)
    }
  }
  const stuck = jobs.find(job => (waitsFor.get(job) ?? 0) > 0)
  return stuck ? [fieldError(`${stuck.at}/depends_on`, 'These jobs would wait for each other in a circle.')] : []
}

const fieldError = (path: string, message: string): FieldError => ({ in: 'body', path, message })
