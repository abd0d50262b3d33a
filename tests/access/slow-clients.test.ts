import { describe, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { head, rawConnection, statusOf } from '../api/raw-http.ts'
import { must, type RunView, runBody, type Stage, useStage } from '../api/stage.ts'
import { until } from '../lifecycle/world.ts'

/** The server's own limit for the head of a request. */
const headSeconds = 12
const requestSeconds = 2
const stallSeconds = 2
/** Beyond the limits by so much: machines are busy. */
const patience = 30_000

const json = { 'content-type': 'application/json' }

describe('clients that take their time', () => {
  const stage = useStage('sqlite', {
    REQUEST_SECONDS: String(requestSeconds),
    STREAM_STALL_SECONDS: String(stallSeconds),
  })

  /** Sends a byte after the other until the other side closes; resolves with what was answered, and how long it took. */
  async function trickle(begin: string, more: string): Promise<{ answer: string; ms: number; sent: number }> {
    const connection = await rawConnection(stage().service)
    let closed = false
    const ended = connection.until('\r\n\r\n').then(answer => {
      closed = true
      return answer
    })
    const begun = performance.now()
    connection.send(begin)
    let sent = 0
    while (!closed && performance.now() - begun < headSeconds * 1000 + patience) {
      connection.send(more[sent % more.length] ?? 'x')
      sent++
      await Bun.sleep(100)
    }
    const answer = await ended
    await connection.cut()
    return { answer, ms: performance.now() - begun, sent }
  }

  test.concurrent('a head that trickles in is not waited for', async () => {
    const { answer, ms, sent } = await trickle('GET /v1/runs HTTP/1.1\r\nhost: x\r\n', 'x-a: b\r\n')
    expect(statusOf(answer)).not.toBe(200)
    expect(sent).toBeGreaterThan(2)
    expect(ms).toBeLessThan(headSeconds * 1000 + patience)
  }, 90_000)

  test.concurrent('a connection that says nothing is closed', async () => {
    const connection = await rawConnection(stage().service)
    const begun = performance.now()
    expect(await connection.until('never')).toBe('')
    expect(performance.now() - begun).toBeLessThan(headSeconds * 1000 + patience)
  }, 90_000)

  test.concurrent('a body that trickles in is not waited for, whatever comes', async () => {
    const text = JSON.stringify(runBody({ input: 'x'.repeat(5_000) }))
    const headers = { ...json, 'content-length': String(text.length) }
    const { answer, ms, sent } = await trickle(head(stage().service, 'POST /v1/runs', headers), text)
    expect(statusOf(answer)).not.toBe(202)
    expect(sent).toBeGreaterThan(2)
    expect(ms).toBeLessThan(requestSeconds * 1000 + patience)
  }, 90_000)

  test.concurrent('nor is one in chunks', async () => {
    const headers = { ...json, 'transfer-encoding': 'chunked' }
    const { answer, ms } = await trickle(head(stage().service, 'POST /v1/runs', headers), '1\r\nx\r\n')
    expect(statusOf(answer)).not.toBe(202)
    expect(ms).toBeLessThan(requestSeconds * 1000 + patience)
  }, 90_000)

  test.concurrent('many of them keep nobody else out', async () => {
    const slow = await Promise.all(Array.from({ length: 300 }, () => rawConnection(stage().service)))
    for (const [index, connection] of slow.entries()) {
      if (index % 2) connection.send('GET /v1/runs HTTP/1.1\r\nhost: x\r\nx-slow:')
      else connection.send(`${head(stage().service, 'POST /v1/runs', { ...json, 'content-length': '500' })}{`)
    }
    const run = await must(200, stage().call<RunView>('POST', '/v1/runs/wait', runBody()))
    expect(run.body.status).toBe('completed')
    await Promise.all(slow.map(connection => connection.until('never')))
  }, 90_000)

  test.concurrent('a connection that is kept is closed when nothing more is asked on it', async () => {
    const connection = await rawConnection(stage().service)
    connection.send(head(stage().service, 'GET /v1/runs'))
    const begun = performance.now()
    expect(statusOf(await connection.until('never'))).toBe(200)
    expect(performance.now() - begun).toBeLessThan(requestSeconds * 1000 + patience)
  }, 90_000)

  test.concurrent('an answer that takes long is waited for: only silence of the client is not', async () => {
    const run = await stage().run({ delay_seconds: 3_600 })
    const seconds = requestSeconds * 2
    const answer = await stage().call<RunView>('GET', `/v1/runs/${run.id}/wait?timeout_seconds=${seconds}`)
    expect({ status: answer.status, run: answer.body.status }).toEqual({ status: 200, run: 'queued' })
  }, 90_000)

  test.if(existsSync('/proc/net/tcp'))(
    'a stream whose reader takes nothing is ended, and its log stays',
    async () => {
      const { service, provider } = stage()
      const agent = await stage().agent()
      const part = 'words '.repeat(20_000)
      // More than sockets hold: 24 MB.
      const parts = 200
      provider.script(agent, [{ text: Array(parts).fill(part) }])
      const run = (await must(202, stage().call<RunView>('POST', '/v1/runs', runBody({ agent })))).body
      const reader = await idleReader(stage(), `GET /v1/runs/${run.id}/stream`)
      const readers = async () => /^bunkhouse_stream_readers (\d+)/m.exec(await metrics())?.[1]
      const metrics = async () => (await service.request('GET', '/metrics')).text()
      await until('it is a reader', async () => (await readers()) === '1')
      await until('it is one no more', async () => (await readers()) === '0')
      await until('its connection is gone', async () => !isOpen(reader))
      await service.said('reader of a stream took nothing')
      reader.destroy()
      const finished = await stage().finished(run.id)
      expect({ status: finished.status, length: String(finished.output).length }).toEqual({
        status: 'completed',
        length: parts * part.length,
      })
    },
    90_000,
  )

  test.if(existsSync('/proc/net/tcp'))(
    'an answer that nobody takes is not kept',
    async () => {
      const input = 'x'.repeat(1_000_000)
      for (let run = 0; run < 20; run++) await stage().run({ input, delay_seconds: 3_600, metadata: { large: run } })
      const reader = await idleReader(stage(), 'GET /v1/runs?limit=20&status=queued')
      await until('its connection is gone', async () => !isOpen(reader))
      reader.destroy()
      expect((await stage().call('GET', '/ready')).status).toBe(200)
    },
    90_000,
  )
})

/** A connection that has asked, and reads nothing of what is answered. */
async function idleReader({ service }: Stage, line: string): Promise<Socket> {
  const { hostname, port } = new URL(service.url)
  const socket = connect({ host: hostname, port: Number(port) })
  socket.pause()
  socket.on('error', () => {})
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  socket.write(head(service, line))
  return socket
}

/** Whether the service still holds its end of a connection, as the kernel tells. */
function isOpen({ localPort = 0, remotePort = 0 }: Socket): boolean {
  const hex = (port: number) => port.toString(16).toUpperCase().padStart(4, '0')
  const established = '01'
  return readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .some(line => {
      const [, local = '', remote = '', state] = line.trim().split(/\s+/)
      return local.endsWith(`:${hex(remotePort)}`) && remote.endsWith(`:${hex(localPort)}`) && state === established
    })
}
