import { takeSamples } from './samples.ts'
import { type DrainTimes, type Subject, type SubjectCalls, wallMs } from './subject.ts'

/** What is asked of any subject. */
export function subjectCalls(subject: Subject): SubjectCalls {
  const arrivals = new Arrivals()
  return {
    drain: input => drain(subject, input),
    pickUp: input => pickUp(subject, input),
    listen: async () => {
      await subject.work(wait => arrivals.add(wait))
      return null
    },
    next: () => arrivals.next(),
    send: async () => {
      await subject.send(wallMs())
      return null
    },
  }
}

async function drain(
  subject: Subject,
  { jobs, batch, warmUp }: { jobs: number; batch: number; warmUp: number },
): Promise<DrainTimes> {
  await subject.enqueue(warmUp, batch)
  await workOff(subject, warmUp)
  await subject.tidy()
  const begun = performance.now()
  await subject.enqueue(jobs, batch)
  const enqueueMs = performance.now() - begun
  await subject.tidy()
  return { enqueueMs, drainMs: await workOff(subject, jobs) }
}

async function workOff(subject: Subject, jobs: number): Promise<number> {
  let begun = 0
  let handled = 0
  const all = Promise.withResolvers<void>()
  const stop = await subject.work(() => {
    if (handled++ === 0) begun = performance.now()
    if (handled === jobs) all.resolve()
  })
  await all.promise
  // Through the event loop: SQLite answers without it, and the ends that are awaited need it.
  while ((await subject.unfinished()) > 0) await new Promise(setImmediate)
  const took = performance.now() - begun
  await stop()
  if (handled !== jobs) throw new Error(`${handled} jobs were handled instead of ${jobs}.`)
  return took
}

async function pickUp(subject: Subject, { samples, restMs }: { samples: number; restMs: number }): Promise<number[]> {
  const arrivals = new Arrivals()
  const stop = await subject.work(wait => arrivals.add(wait))
  const waits = await takeSamples({ samples, restMs }, async () => {
    const next = arrivals.next()
    await subject.send(wallMs())
    return next
  })
  await stop()
  return waits
}

/** Waits of jobs in the order in which they began. */
class Arrivals {
  readonly #waits: number[] = []
  #waiting: ((wait: number) => void) | undefined

  add(wait: number | null): void {
    if (wait === null) return
    if (this.#waiting) this.#waiting(wait)
    else this.#waits.push(wait)
    this.#waiting = undefined
  }

  next(): Promise<number> {
    const wait = this.#waits.shift()
    if (wait !== undefined) return Promise.resolve(wait)
    return new Promise(resolve => {
      this.#waiting = resolve
    })
  }
}
