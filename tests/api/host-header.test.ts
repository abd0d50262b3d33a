import { expect, test } from 'bun:test'
import { connect } from 'node:net'
import { startService } from '../support/service.ts'

test.each(['x', 'api', 'bunkhouse.example.com:8000', '[::1]'])(
  'finds the route when the host is called %s',
  async host => {
    await using service = await startService()
    const answer = Promise.withResolvers<string>()
    const socket = connect(Number(new URL(service.url).port), '127.0.0.1', () => {
      socket.write(`GET /v1/runs HTTP/1.1\r\nHost: ${host}\r\nx-api-key: ${service.key}\r\nConnection: close\r\n\r\n`)
    })
    let text = ''
    socket.on('data', data => {
      text += data
    })
    socket.on('close', () => answer.resolve(text))
    socket.on('error', answer.reject)
    expect((await answer.promise).split('\r\n')[0]).toBe('HTTP/1.1 200 OK')
  },
)
