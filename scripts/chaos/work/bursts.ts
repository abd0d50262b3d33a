import type { ChaosOptions } from '../options.ts'
import { type Random, randomFrom } from '../random.ts'
import type { Client } from './client.ts'

/** Many brief jobs of one request. */
export interface Burst {
  /** Milliseconds from the beginning. */
  at: number
  jobs: { ms: number; failures: number }[]
}

const everyMs = 1_000

/** The same bursts for the same seed and time, whatever the faults. */
export function planBursts({ seed, minutes }: ChaosOptions): Burst[] {
  const random = randomFrom(seed, 5)
  return Array.from({ length: Math.round((minutes * 60_000) / everyMs) }, (_, number) => ({
    at: number * everyMs + random.between(0, everyMs),
    jobs: Array.from({ length: random.between(40, 100) }, () => job(random)),
  }))
}

const job = (random: Random) => ({
  ms: random.chance(0.03) ? random.between(200, 1_500) : random.chance(0.3) ? random.between(1, 20) : 0,
  failures: random.chance(0.02) ? 1 : 0,
})

export interface OfferedBursts {
  /** Ids of the jobs that clients were promised. */
  promised: string[]
  /** Requests that got no answer: nothing tells twice of the same jobs, so they are not sent again. */
  unsure: number
}

/** Hands the bursts in, each at its time and once. Resolves when every one of them is answered, or was not. */
export async function offerBursts(client: Client, bursts: Burst[], begun: number): Promise<OfferedBursts> {
  const offered: OfferedBursts = { promised: [], unsure: 0 }
  const open: Promise<void>[] = []
  for (const { at, jobs } of bursts) {
    const rest = at - (performance.now() - begun)
    if (rest > 0) await Bun.sleep(rest)
    if (client.over) break
    const body = { jobs: jobs.map(payload => ({ kind: 'sign', payload })) }
    const told = client.once('POST', '/v1/jobs', body).then(
      answer => {
        if (answer.status !== 201) offered.unsure++
        // Safe: the API's own shape, which its tests hold it to; what is missing is found by the verdict.
        else
          offered.promised.push(...(answer.body as { data: { job: { id: string } }[] }).data.map(each => each.job.id))
      },
      () => {
        offered.unsure++
      },
    )
    open.push(told)
  }
  await Promise.all(open)
  return offered
}
