import type { Effect } from '../ledger.ts'
import type { WantedJob } from '../work/job-plan.ts'

export interface JobRecord {
  id: string
  state: string
  attempt: number
  key: string
  /** What attempts ended by that failed. */
  errors: { attempt: number; message: string }[]
}

export const isLoss = ({ message }: JobRecord['errors'][number]): boolean => message.includes('lost its lease')

export interface JobToJudge {
  job: JobRecord
  effects: readonly Effect[]
  wanted: WantedJob
  /** No effect before, milliseconds since 1970. */
  notBefore: number | null
}

/** What is wrong with one job and its effects: each attempt has one at most, and only a lost one leaves it to the next. */
export function judgeJob({ job, effects, wanted, notBefore }: JobToJudge): string[] {
  const wrong: string[] = []
  const end = wanted.fatal ? 'discarded' : 'completed'
  if (job.state !== end) wrong.push(`is ${job.state}, not ${end}`)
  if (job.state === 'completed' && effects.length === 0) wrong.push('has completed without its effect')
  if (wanted.fatal && effects.length > 0) wrong.push('has an effect, and was to have none')
  const lost = job.errors.filter(isLoss).length
  if (effects.length > 1 + lost) wrong.push(`has ${effects.length} effects, and lost ${lost} attempts`)
  const attempts = effects.map(({ call }) => call)
  if (new Set(attempts).size < attempts.length) wrong.push(`has two effects of one attempt: ${attempts.join(', ')}`)
  if (effects.some(({ call }) => Number(call) > job.attempt)) {
    wrong.push(`has effects of attempts ${attempts.join(', ')}, and its last one is ${job.attempt}`)
  }
  const failed = job.errors.filter(error => !isLoss(error)).length
  const failures = wanted.fatal ? 1 : wanted.failures
  if (failed > failures) wrong.push(`failed ${failed} times, not ${failures}: ${JSON.stringify(job.errors)}`)
  const early = effects.find(({ at }) => notBefore !== null && at < notBefore)
  if (early) wrong.push(`acted ${(notBefore ?? 0) - early.at} ms too early`)
  return wrong
}
