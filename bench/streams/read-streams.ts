import { quantile } from '../statistics.ts'
import { EventReader, type Heard } from './event-reader.ts'
import type { Delays, StreamJob, StreamResult } from './job.ts'
import type { TokenPlan } from './token.ts'

/** So many connections are opened at once, to stay below what a listening socket queues. */
const opening = 50
/** How long a stream may take beyond its last token. */
const patienceMs = 15_000

/** Starts the runs of a job, each on a connection of its own, and reads all of them to the end; then reads them again. */
export async function readStreams(job: StreamJob): Promise<StreamResult> {
  const delays = new DelayLog(job.startAt)
  const readers = Array.from({ length: job.runs }, () => new EventReader(delays.first()))
  const ends: Promise<void>[] = []
  for (let index = 0; index < job.runs; index += opening) {
    const batch = readers.slice(index, index + opening)
    const opened = batch.map((reader, place) => open(job, reader, createRequest(job, index + place)))
    ends.push(...(await Promise.all(opened)).map(({ ended }) => ended))
  }
  const cpu = process.cpuUsage()
  const begun = performance.now()
  await withTimeLimit(Promise.all(ends), job)
  const { user, system } = process.cpuUsage(cpu)
  const cpuShare = (user + system) / 1000 / (performance.now() - begun)

  const whole = readers.filter(reader => reader.ended && reader.complete && reader.tokens === job.tokens)
  return {
    whole: whole.length,
    stored: await countStored(job, whole),
    tokens: readers.reduce((sum, reader) => sum + reader.tokens, 0),
    events: readers.reduce((sum, reader) => sum + reader.events, 0),
    ...delays.result(),
    cpuShare,
  }
}

/** Notes how late each token was read. */
class DelayLog {
  readonly #epoch: number
  readonly #fromDue: number[] = []
  readonly #fromMade: number[] = []
  readonly #firstFromMade: number[] = []

  constructor(epoch: number) {
    this.#epoch = epoch
  }

  /** For one reader. */
  first(): (token: Heard) => void {
    let isFirst = true
    return ({ at, due, late }) => {
      const fromDue = at - this.#epoch - due
      this.#fromDue.push(fromDue)
      this.#fromMade.push(fromDue - late)
      if (isFirst) this.#firstFromMade.push(fromDue - late)
      isFirst = false
    }
  }

  result() {
    return {
      fromDue: summary(this.#fromDue),
      fromMade: summary(this.#fromMade),
      firstFromMade: summary(this.#firstFromMade),
    }
  }
}

const summary = (values: number[]): Delays => ({
  median: quantile(values, 0.5),
  p99: quantile(values, 0.99),
  most: quantile(values, 1),
})

function createRequest(job: StreamJob, index: number): string {
  // The runs' tokens are due in turns, not all at the same moment.
  const firstAtMs = (job.everyMs * index) / job.runs
  const plan: TokenPlan = { epoch: job.startAt, firstAtMs, everyMs: job.everyMs, tokens: job.tokens }
  const body = JSON.stringify({ agent: 'tokens', input: JSON.stringify(plan) })
  return (
    head(job, 'POST', '/v1/runs/stream', ['content-type: application/json', `content-length: ${body.length}`]) + body
  )
}

function head({ key }: StreamJob, method: string, path: string, fields: string[] = []): string {
  return [`${method} ${path} HTTP/1.1`, 'host: 127.0.0.1', `authorization: Bearer ${key}`, ...fields, '', ''].join(
    '\r\n',
  )
}

/** Resolves once the request is sent; `ended` at the end of the stream. Rejects where something is missing in it. */
async function open(job: StreamJob, reader: EventReader, request: string): Promise<{ ended: Promise<void> }> {
  const ended = Promise.withResolvers<void>()
  await Bun.connect({
    hostname: '127.0.0.1',
    port: job.port,
    socket: {
      open: socket => void socket.write(request),
      data: (socket, bytes) => {
        try {
          reader.read(bytes, performance.timeOrigin + performance.now())
        } catch (error) {
          console.error(error instanceof Error ? error.message : error)
          socket.terminate()
        }
        if (!reader.ended) return
        ended.resolve()
        socket.terminate()
      },
      close: () => ended.resolve(),
      error: () => ended.resolve(),
    },
  })
  return { ended: ended.promise }
}

async function withTimeLimit(work: Promise<unknown>, job: StreamJob): Promise<void> {
  const until = job.startAt + job.tokens * job.everyMs + patienceMs
  await Promise.race([work, Bun.sleep(until - Date.now())])
}

/** Reads the logs from the start once more: what was seen live is what is stored. */
async function countStored(job: StreamJob, readers: EventReader[]): Promise<number> {
  let same = 0
  for (let index = 0; index < readers.length; index += opening) {
    const batch = readers.slice(index, index + opening)
    const again = await Promise.all(
      batch.map(async ({ runId }) => {
        const reader = new EventReader(() => {})
        await (await open(job, reader, head(job, 'GET', `/v1/runs/${runId}/stream`))).ended
        return reader
      }),
    )
    same += again.filter((reader, place) => reader.events > 0 && reader.digest === batch[place]?.digest).length
  }
  return same
}
