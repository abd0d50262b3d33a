import { connect, type Socket } from 'node:net'
import type { Service } from '../support/service.ts'

/** A connection on which a test writes bytes of its own, right or wrong. */
export interface RawConnection {
  send(bytes: string | Uint8Array): void
  /** Resolves with all that was answered so far once that holds the text, or when the other side has closed. */
  until(text: string): Promise<string>
  /** Closes our side for writing: the request ends here. Resolves with all that was answered. */
  finish(): Promise<string>
  /** Breaks the connection; resolves when it is closed. */
  cut(): Promise<void>
}

export async function rawConnection({ url }: Pick<Service, 'url'>): Promise<RawConnection> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true })
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  return overSocket(socket)
}

function overSocket(socket: Socket): RawConnection {
  let received = ''
  let closed = false
  let changed = Promise.withResolvers<void>()
  const note = () => {
    changed.resolve()
    changed = Promise.withResolvers()
  }
  const end = () => {
    closed = true
    note()
  }
  socket.on('data', bytes => {
    received += bytes.toString('latin1')
    note()
  })
  socket.on('end', end)
  socket.on('close', end)
  // A server that refuses what is sent closes in the middle of it.
  socket.on('error', end)
  const until = async (holds: () => boolean) => {
    while (!holds() && !closed) await changed.promise
    return received
  }
  return {
    send: bytes => void socket.write(bytes),
    until: text => until(() => received.includes(text)),
    finish: async () => {
      socket.end()
      return until(() => false)
    },
    cut: async () => {
      socket.resetAndDestroy()
      await until(() => false)
    },
  }
}

/** A request's head, with the key. */
export const head = ({ key }: Pick<Service, 'key'>, line: string, headers: Record<string, string> = {}): string =>
  `${line} HTTP/1.1\r\nhost: test\r\nauthorization: Bearer ${key}\r\n${Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n`

export const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1])
