import type { Worker } from '../../../src/queue/worker.ts'
import { waitOf, wallMs } from '../subject.ts'
import type { FairnessInput, FairnessResult } from './calls.ts'
import { newJobs, type OurQueue, stopWorker } from './queue.ts'
import { carried, send } from './subject.ts'

const topUpMs = 10
/** Time for the worker to be under way. */
const leadMs = 500
const batch = 1_000
const large = 'tenant_large'
const small = 'tenant_small'

/** One tenant has a backlog; another sends a few jobs at an even pace. */
export async function fairness(queue: OurQueue, input: FairnessInput): Promise<FairnessResult> {
  const { jobs, perSecond, concurrency, handlerMs } = input
  const waits: number[] = []
  await warmUp(queue, input)
  const backlog = new Backlog(queue, input.keep)
  const all = Promise.withResolvers<void>()
  await backlog.add(input.prefill)
  const worker = queue.startWorker(
    async ({ job }) => {
      if (job.tenantId === large) backlog.begun++
      else if (waits.push(waitOf(carried(job.payload)) ?? Number.NaN) === jobs) all.resolve()
      await Bun.sleep(handlerMs)
    },
    { concurrency },
  )
  const kept = backlog.keepUp(worker)
  await Bun.sleep(leadMs)
  const begunBefore = backlog.begun
  const start = performance.now()
  const sent: Promise<void>[] = []
  for (let index = 0; index < jobs; index++) {
    await Bun.sleep(Math.max(0, start + (index * 1000) / perSecond - performance.now()))
    sent.push(send(queue, worker, { tenantId: small, payload: { sentAt: wallMs() } }))
  }
  await Promise.all([...sent, all.promise])
  const seconds = (performance.now() - start) / 1000
  const othersPerSecond = (backlog.begun - begunBefore) / seconds
  const left = backlog.waiting
  backlog.ended = true
  await kept
  await worker.stop(AbortSignal.abort())
  return { waits, left, othersPerSecond }
}

/** As many jobs that do not count: code that is still being compiled is slower. */
async function warmUp(queue: OurQueue, { jobs, concurrency }: FairnessInput): Promise<void> {
  const all = Promise.withResolvers<void>()
  let handled = 0
  const worker = queue.startWorker(
    async () => {
      if (++handled === jobs) all.resolve()
    },
    { concurrency },
  )
  for (let sent = 0; sent < jobs; sent++) await send(queue, worker, { tenantId: small })
  await all.promise
  await stopWorker(worker)
}

/** The jobs of the tenant that has many. */
class Backlog {
  begun = 0
  ended = false
  readonly #queue: OurQueue
  readonly #keep: number
  #enqueued = 0

  constructor(queue: OurQueue, keep: number) {
    this.#queue = queue
    this.#keep = keep
  }

  get waiting(): number {
    return this.#enqueued - this.begun
  }

  async add(jobs: number): Promise<void> {
    this.#enqueued += jobs
    for (let left = jobs; left > 0; left -= batch) {
      await this.#queue.insert(newJobs(Math.min(left, batch), { tenantId: large }))
    }
  }

  /** Lets it not become smaller than it is to be. */
  async keepUp(worker: Worker): Promise<void> {
    while (!this.ended) {
      if (this.waiting < this.#keep) {
        await this.add(this.#keep - this.waiting)
        worker.wake()
      }
      await Bun.sleep(topUpMs)
    }
  }
}
