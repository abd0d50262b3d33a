import { connect, createServer, type Server, type Socket } from 'node:net'

/** Stands between two processes, so that a test can break the line. */
export interface TcpProxy extends AsyncDisposable {
  port: number
  /** Closes all connections and refuses new ones. */
  cut(): Promise<void>
  /** Lets nothing through any more and answers nothing: new connections are taken and stay silent. */
  stall(): void
  /** Works again. What a stall held back is let through. */
  restore(): Promise<void>
}

export async function startTcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  const pairs = new Set<[Socket, Socket]>()
  let stalled = false

  const join = (client: Socket) => {
    const server = connect(target)
    const pair: [Socket, Socket] = [client, server]
    pairs.add(pair)
    const close = () => {
      pairs.delete(pair)
      client.destroy()
      server.destroy()
    }
    for (const [from, to] of [pair, [server, client] as const]) {
      from.on('data', bytes => to.write(bytes))
      from.on('close', close)
      from.on('error', close)
      if (stalled) from.pause()
    }
  }

  let server = await listen(join, 0)
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const cut = async () => {
    const closed = new Promise(resolve => server.close(resolve))
    for (const pair of pairs) for (const socket of pair) socket.resetAndDestroy()
    await closed
  }
  return {
    port,
    cut,
    stall() {
      stalled = true
      for (const pair of pairs) for (const socket of pair) socket.pause()
    },
    async restore() {
      stalled = false
      for (const pair of pairs) for (const socket of pair) socket.resume()
      if (!server.listening) server = await listen(join, port)
    },
    [Symbol.asyncDispose]: cut,
  }
}

function listen(join: (client: Socket) => void, port: number): Promise<Server> {
  const server = createServer(join)
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve(server))
  })
}
