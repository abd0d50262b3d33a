import type { Effect } from '../ledger.ts'
import type { Store } from '../store.ts'
import { lineCount } from '../work/job-plan.ts'
import type { OfferedJobs, PromisedJob } from '../work/offer-jobs.ts'
import { isLoss, type JobRecord, judgeJob } from './judge-job.ts'
import { judgeOrder } from './judge-order.ts'

/** Every job of a file, by id. */
export async function readJobs(store: Store): Promise<Map<string, JobRecord>> {
  const rows = await store.rows<{ id: string; state: string; attempt: number; payload: string; errors: string }>(
    `select id, state, attempt, ${store.text('payload')} payload, ${store.text('errors')} errors
     from jobs where kind = 'act' order by id`,
  )
  return new Map(
    rows.map(({ id, state, attempt, payload, errors }) => {
      const { key }: { key: string } = JSON.parse(payload)
      return [id, { id, state, attempt, key, errors: JSON.parse(errors) }]
    }),
  )
}

interface JobEvidence {
  store: Store
  jobs: ReadonlyMap<string, JobRecord>
  offered: OfferedJobs
  effects: ReadonlyMap<string, readonly Effect[]>
}

/** What is wrong with the jobs, each by itself and all together. */
export function judgeJobs({ store, jobs, offered, effects }: JobEvidence): string[] {
  const wrong: string[] = []
  const promised = new Map(offered.promised.map(each => [each.jobId, each]))
  for (const { jobId, wanted } of offered.promised) {
    if (!jobs.has(jobId)) wrong.push(`${wanted.key} was promised job ${jobId}, which is not there`)
  }
  for (const job of jobs.values()) {
    const { wanted, askedAt } = promised.get(job.id) ?? {}
    if (wanted === undefined || askedAt === undefined) {
      wrong.push(`job ${job.id} (${job.key}): nobody was told of it`)
      continue
    }
    const waits = wanted.delaySeconds > 0 && store.engine === 'postgres'
    const notBefore = waits ? askedAt + wanted.delaySeconds * 1_000 : null
    const own = effects.get(job.id) ?? []
    wrong.push(...judgeJob({ job, effects: own, wanted, notBefore }).map(text => `job ${job.id} (${job.key}): ${text}`))
  }
  for (let line = 0; line < lineCount; line++) {
    const own = offered.promised.filter(each => each.line === line).sort((a, b) => a.place - b.place)
    // Attempts of one job are one thing to do.
    wrong.push(...judgeOrder({ name: `line ${line}`, runIds: own.map(({ jobId }) => jobId) }, firsts(effects)))
  }
  return [...wrong, ...judgeFlows(offered.promised, effects)]
}

/** What depends on others acts after each of them. */
function judgeFlows(promised: readonly PromisedJob[], effects: ReadonlyMap<string, readonly Effect[]>): string[] {
  const place = new Map(promised.map(({ wanted, jobId }) => [wanted.key, effects.get(jobId)?.[0]?.place]))
  return promised.flatMap(({ wanted }) =>
    wanted.dependsOn
      .filter(key => (place.get(wanted.key) ?? Number.POSITIVE_INFINITY) < (place.get(key) ?? Number.NEGATIVE_INFINITY))
      .map(key => `${wanted.key} acted before ${key}, on which it depends`),
  )
}

const firsts = (effects: ReadonlyMap<string, readonly Effect[]>): Map<string, readonly Effect[]> =>
  new Map([...effects].map(([id, made]) => [id, made.slice(0, 1)]))

export function countJobs(jobs: ReadonlyMap<string, JobRecord>, effects: ReadonlyMap<string, readonly Effect[]>) {
  const all = [...jobs.values()]
  const made = all.map(({ id }) => effects.get(id)?.length ?? 0)
  const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0)
  const counts: [string, number][] = [
    ['jobs completed', all.filter(({ state }) => state === 'completed').length],
    ['jobs discarded', all.filter(({ state }) => state === 'discarded').length],
    ['job attempts lost', sum(all.map(({ errors }) => errors.filter(isLoss).length))],
    ['job effects repeated after a loss', sum(made.map(count => Math.max(0, count - 1)))],
  ]
  return counts
}
