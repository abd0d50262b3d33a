import { cpuSeconds, residentMegabytes } from '../process-usage.ts'
import type { Service } from '../service.ts'
import { type Point, slope, slopeError } from '../statistics.ts'

const everyMs = 1_000
/** As Prometheus would. */
const scrapeEveryMs = 15_000

/** What one process took, from one second to the next. */
export interface Watched {
  /** Megabytes at the end of the warm-up, and at the end. */
  firstMegabytes: number
  lastMegabytes: number
  mostMegabytes: number
  /** Megabytes a minute, by least squares over all that came after the warm-up. */
  growth: number
  /** Of the growth: its standard error. */
  growthError: number
  /** In shares of a core. */
  cpuShare: number
}

/** Looks at a process each second, and scrapes its metrics as a monitoring does, until the work has ended. */
export async function watch(service: Service, warmUpSeconds: number, work: Promise<unknown>): Promise<Watched> {
  const begun = performance.now()
  const measureFrom = begun + warmUpSeconds * 1000
  /** Megabytes by minutes. */
  const points: Point[] = []
  let over = false
  const end = () => {
    over = true
  }
  const ended = work.then(end, end)
  let scrapeAt = begun
  let cpu = 0
  let cpuFrom = begun
  while (!over) {
    await Promise.race([ended, Bun.sleep(everyMs)])
    const now = performance.now()
    if (now >= scrapeAt) {
      scrapeAt += scrapeEveryMs
      await (await service.request('GET', '/metrics')).text()
      console.error(`  after ${Math.round((now - begun) / 1000)} s: ${Math.round(residentMegabytes(service.pid))} MB`)
    }
    if (now < measureFrom) {
      cpu = cpuSeconds(service.pid)
      cpuFrom = now
    } else {
      points.push([(now - begun) / 60_000, residentMegabytes(service.pid)])
    }
  }
  const megabytes = points.map(([, size]) => size)
  return {
    firstMegabytes: megabytes[0] ?? Number.NaN,
    lastMegabytes: megabytes.at(-1) ?? Number.NaN,
    mostMegabytes: Math.max(...megabytes),
    growth: slope(points),
    growthError: slopeError(points),
    cpuShare: (cpuSeconds(service.pid) - cpu) / ((performance.now() - cpuFrom) / 1000),
  }
}
