import { randomFrom } from '../../scripts/chaos/random.ts'
import { quantile } from '../statistics.ts'
import type { Latency, SoakJob, SoakResult } from './job.ts'
import { type Ask, mixedTraffic } from './traffic.ts'

/** So many under way at once, and the service does not keep up: it makes no sense to go on. */
const underWayAtMost = 5_000
const examplesAtMost = 5

/** Puts mixed traffic on a service, at a rate of its own or as fast as it answers. */
export async function generateTraffic(job: SoakJob): Promise<SoakResult> {
  const { perSecond, clients, seconds, warmUpSeconds } = job
  const random = randomFrom(job.seed, 0)
  const rounds = mixedTraffic()
  const kinds = rounds.flatMap(kind => Array.from({ length: kind.share }, () => kind))
  const ask = asking(job)
  const latencies = new Map(rounds.map(({ name }) => [name, [] as number[]]))
  const examples: string[] = []
  let errors = 0
  let underWay = 0
  let mostUnderWay = 0
  const begun = performance.now()
  const countFrom = begun + warmUpSeconds * 1000
  const until = begun + seconds * 1000
  const cpu = process.cpuUsage()

  /** @param dueAt what it is measured from: a request that is sent late has been waiting already */
  const play = async (dueAt: number): Promise<void> => {
    const kind = kinds[random.between(0, kinds.length - 1)]
    mostUnderWay = Math.max(mostUnderWay, ++underWay)
    try {
      await kind?.play(ask)
      if (kind && dueAt >= countFrom) latencies.get(kind.name)?.push(performance.now() - dueAt)
    } catch (error) {
      errors++
      if (examples.length < examplesAtMost) examples.push(`${kind?.name}: ${error}`)
    } finally {
      underWay--
    }
  }

  if (perSecond === null) {
    const client = async () => {
      for (let now = begun; now < until; now = performance.now()) await play(now)
    }
    await Promise.all(Array.from({ length: clients }, client))
  } else {
    const open = new Set<Promise<void>>()
    // As people do who know nothing of each other: by chance, so that at times many come at once.
    const gapMs = () => (-Math.log(1 - random.next()) * 1000) / perSecond
    for (let dueAt = begun + gapMs(); dueAt < until; dueAt += gapMs()) {
      while (performance.now() < dueAt) await Bun.sleep(1)
      if (underWay >= underWayAtMost) break
      const played = play(dueAt)
      open.add(played)
      void played.then(() => open.delete(played))
    }
    await Promise.all(open)
  }
  const { user, system } = process.cpuUsage(cpu)
  const all = [...latencies.values()].flat()
  return {
    answers: all.length,
    errors,
    examples,
    all: latency(all),
    byKind: Object.fromEntries([...latencies].map(([name, values]) => [name, latency(values)])),
    mostUnderWay,
    keptUp: mostUnderWay < underWayAtMost,
    cpuShare: (user + system) / 1000 / (performance.now() - begun),
  }
}

const latency = (values: number[]): Latency => ({
  medianMs: quantile(values, 0.5),
  p99Ms: quantile(values, 0.99),
  slowestMs: quantile(values, 1),
})

const asking = ({ port, key }: SoakJob): Ask => {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  return async (method, path, body) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers,
      ...(body && { body: JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
    return response
  }
}
