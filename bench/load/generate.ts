import { quantile } from '../statistics.ts'
import { AnswerReader } from './answer-reader.ts'
import type { LoadJob, LoadRequest, LoadResult } from './job.ts'

interface Client {
  reader: AnswerReader
  sentAt: number
}

/** Puts load on a server: closed loop, one request under way on each connection, kept alive. */
export async function generateLoad(job: LoadJob): Promise<LoadResult> {
  const requests = job.requests.map(encode)
  const latencies: number[] = []
  const finished = Promise.withResolvers<void>()
  const countFrom = performance.now() + job.warmUpSeconds * 1000
  const until = countFrom + job.seconds * 1000
  let next = 0
  let failures = 0
  let answersInAll = 0
  let open = job.connections
  let cpu = process.cpuUsage()
  let counting = false

  const send = (socket: Bun.Socket<Client>, now: number) => {
    const request = requests[next++ % requests.length]
    socket.data.sentAt = now
    if (request && socket.write(request) !== request.length)
      finished.reject(new Error('The socket took half a request.'))
  }
  const received = (socket: Bun.Socket<Client>, chunk: Buffer) => {
    const status = socket.data.reader.read(chunk)
    if (status === 0) return
    const now = performance.now()
    answersInAll++
    if (now >= countFrom && now < until) {
      if (!counting) cpu = process.cpuUsage()
      counting = true
      if (status === 200) latencies.push(now - socket.data.sentAt)
      else failures++
    }
    if (now < until) return send(socket, now)
    socket.terminate()
    if (--open === 0) finished.resolve()
  }

  await Promise.all(
    Array.from({ length: job.connections }, () =>
      Bun.connect<Client>({
        hostname: '127.0.0.1',
        port: job.port,
        data: { reader: new AnswerReader(), sentAt: 0 },
        socket: {
          open: socket => send(socket, performance.now()),
          data: received,
          error: (_socket, error) => finished.reject(error),
          close: () => {
            if (performance.now() < until) finished.reject(new Error('The server closed a connection.'))
          },
        },
      }),
    ),
  )
  await finished.promise
  const { user, system } = process.cpuUsage(cpu)
  return {
    answers: latencies.length,
    failures,
    seconds: job.seconds,
    answersInAll,
    medianMs: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    slowestMs: quantile(latencies, 1),
    cpuShare: (user + system) / 1e6 / job.seconds,
  }
}

function encode({ method, path, headers, body = '' }: LoadRequest): Buffer {
  const fields = { host: '127.0.0.1', ...headers, ...(body !== '' && { 'content-length': Buffer.byteLength(body) }) }
  const head = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${head.join('')}\r\n${body}`)
}
