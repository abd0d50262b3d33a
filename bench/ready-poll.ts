const request = Buffer.from('GET /ready HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n')
const pauseMs = 0.5
const withinMs = 20_000
const never = new Int32Array(new SharedArrayBuffer(4))

/** Resolves at the first 200 on /ready. A bare socket, tried twice a millisecond: it costs next to nothing. */
export async function firstReady(port: number): Promise<void> {
  const giveUpAt = performance.now() + withinMs
  while (!(await isReady(port))) {
    if (performance.now() > giveUpAt) throw new Error(`Not ready within ${withinMs / 1000} s.`)
    // Shorter than any timer; nothing else goes on in this process.
    Atomics.wait(never, 0, 0, pauseMs)
  }
}

function isReady(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  Bun.connect({
    hostname: '127.0.0.1',
    port,
    socket: {
      open: socket => void socket.write(request),
      data: (socket, bytes) => {
        resolve(bytes.toString('latin1', 9, 12) === '200')
        socket.terminate()
      },
      close: () => resolve(false),
      error: () => resolve(false),
      connectError: () => resolve(false),
    },
  }).catch(() => resolve(false))
  return promise
}
