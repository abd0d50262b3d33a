import { describe, expect, test } from 'bun:test'
import { type Random, randomFrom } from '../../scripts/chaos/random.ts'
import { rawConnection, statusOf } from '../api/raw-http.ts'
import { must, type RunView, runBody, useStage } from '../api/stage.ts'
import { hostileTexts } from './hostile.ts'

const seed = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31))
const connections = 1_000
const atOnce = 100

/** What no client library would send: broken lines, headers twice, chunks that lie, bytes that are no HTTP. */
function brokenRequest(random: Random, key: string): string {
  const body = JSON.stringify({ agent: 'echo', input: random.pick(hostileTexts).slice(0, 200) })
  const length = new TextEncoder().encode(body).length
  const own = `host: x\r\nauthorization: Bearer ${key}\r\ncontent-type: application/json\r\n`
  const text = random.pick(hostileTexts).slice(0, 3_000)
  const chunk = `${length.toString(16)}\r\n${body}\r\n0\r\n\r\n`
  switch (random.between(0, 15)) {
    case 0:
      return `${text} /v1/runs HTTP/1.1\r\n${own}\r\n`
    case 1:
      return `GET ${text} HTTP/1.1\r\n${own}\r\n`
    case 2:
      return `GET /v1/runs HTTP/${random.pick(['0.9', '1.2', '2.0', '9', ''])}\r\n${own}\r\n`
    case 3:
      return `POST /v1/runs HTTP/1.1\r\n${own}content-length: ${length}\r\ncontent-length: ${length + random.between(1, 9)}\r\n\r\n${body}`
    case 4:
      return `POST /v1/runs HTTP/1.1\r\n${own}content-length: ${random.pick(['-1', '1e3', '0x10', '99999999999999999999', ' ', '+5', text])}\r\n\r\n${body}`
    case 5:
      return `POST /v1/runs HTTP/1.1\r\n${own}transfer-encoding: chunked\r\ncontent-length: ${length}\r\n\r\n${chunk}`
    case 6:
      return `POST /v1/runs HTTP/1.1\r\n${own}transfer-encoding: ${random.pick(['gzip', 'chunked, chunked', 'xchunked', 'chunked;x', ' chunked'])}\r\n\r\n${chunk}`
    case 7:
      return `POST /v1/runs HTTP/1.1\r\n${own}transfer-encoding: chunked\r\n\r\n${random.pick(['-1', 'ffffffffffffffffff', 'zz', '', '5;', text])}\r\n${body}\r\n0\r\n\r\n`
    case 8:
      return `POST /v1/runs HTTP/1.1\r\n${own}transfer-encoding: chunked\r\n\r\n${length.toString(16)}\r\n${body}XX0\r\n\r\n`
    case 9:
      return `POST /v1/runs HTTP/1.1\r\n${own}x-a: ${text}\r\nx-a: ${text}\r\ncontent-length: ${length}\r\n\r\n${body}`
    case 10:
      return `GET /v1/runs HTTP/1.1\r\n${own}authorization: Bearer other\r\nx-api-key: other\r\n\r\n`
    case 11:
      return `GET /v1/runs HTTP/1.1\r\nhost: x\r\nhost: y\r\nauthorization: Bearer ${key}\r\n\r\n`
    case 12:
      return `GET /v1/runs HTTP/1.1\n${own.replaceAll('\r', '')}\n`
    case 13:
      return `GET http://169.254.169.254/v1/runs HTTP/1.1\r\n${own}\r\nGET /v1/keys HTTP/1.1\r\n${own}\r\n`
    case 14:
      return `POST /v1/runs HTTP/1.1\r\n${own} folded: line\r\nno colon\r\n: empty\r\n\r\n${body}`
    default:
      return Array.from({ length: random.between(1, 400) }, () => String.fromCharCode(random.between(0, 255))).join('')
  }
}

describe(`broken requests on raw connections, by FUZZ_SEED=${seed}`, () => {
  const stage = useStage('sqlite', { REQUEST_SECONDS: '2' })

  test(`${connections} of them: no failure, no hang, and no request but one's own is answered`, async () => {
    const random = randomFrom(seed, 3)
    const wrong: string[] = []
    const seen = new Map<number, number>()
    for (let sent = 0; sent < connections; sent += atOnce) {
      const batch = Array.from({ length: atOnce }, () => brokenRequest(random, stage().service.key))
      await Promise.all(
        batch.map(async request => {
          const connection = await rawConnection(stage().service)
          connection.send(Buffer.from(request, request.includes('\ud800') ? 'utf8' : 'latin1'))
          // It is closed by us where nothing more is to come, and by the service where it waits for more.
          const answer = await connection.finish()
          await connection.cut()
          for (const line of answer.match(/HTTP\/1\.1 \d{3}/g) ?? []) {
            const status = statusOf(line)
            seen.set(status, (seen.get(status) ?? 0) + 1)
            // A version of HTTP that is none: the server's own word for it.
            if (status >= 500 && status !== 505) wrong.push(`${status} to ${JSON.stringify(request).slice(0, 500)}`)
          }
          if (/node_modules|\.ts:\d+|SQLITE_/.test(answer)) wrong.push(`a leak: ${answer.slice(0, 500)}`)
        }),
      )
    }
    expect(wrong).toEqual([])
    expect((seen.get(400) ?? 0) + (seen.get(401) ?? 0)).toBeGreaterThan(connections / 10)
    await must(200, stage().call('GET', '/ready'))
    const run = await must(200, stage().call<RunView>('POST', '/v1/runs/wait', runBody()))
    expect(run.body.status).toBe('completed')
    expect(stage().service.output()).not.toContain('"level":"error"')
  }, 300_000)
})
