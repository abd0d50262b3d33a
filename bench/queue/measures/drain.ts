import { median } from '../../statistics.ts'
import type { MeasureContext } from '../measure.ts'
import type { DrainTimes } from '../subject.ts'
import type { Entrant } from '../subjects.ts'

/** Bulk enqueue and working off, all entrants in turn, some rounds of it. */
export async function measureDrain({ report, servers, sizes, entrants }: MeasureContext): Promise<void> {
  const { rounds, jobs, batch, warmUp } = sizes
  const times = new Map<Entrant, DrainTimes[]>(entrants.map(entrant => [entrant, []]))
  for (let round = 0; round < rounds; round++) {
    for (const [entrant, taken] of times) {
      await using opened = await entrant.open(servers)
      taken.push(await opened.start().call('drain', { jobs, batch, warmUp }))
    }
  }
  for (const [metric, read] of metrics) {
    const perSecond = new Map<Entrant, number>()
    for (const [entrant, taken] of times) {
      const rates = taken.map(each => (jobs * 1000) / read(each))
      perSecond.set(entrant, median(rates))
      report.add(entrant.name, metric, median(rates), 'jobs/s')
      report.add(entrant.name, `${metric}, slowest round`, Math.min(...rates), 'jobs/s')
      report.add(entrant.name, `${metric}, fastest round`, Math.max(...rates), 'jobs/s')
    }
    const peers = [...perSecond].filter(([entrant]) => !entrant.ours).map(([, rate]) => rate)
    if (peers.length === 0) continue
    for (const [{ name, ours }, rate] of perSecond) {
      if (ours) report.add(name, `${metric}, times the fastest peer`, rate / Math.max(...peers), '×')
    }
  }
}

const metrics: [string, (times: DrainTimes) => number][] = [
  ['drain', times => times.drainMs],
  ['bulk enqueue', times => times.enqueueMs],
]
