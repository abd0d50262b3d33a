import { describe, expect, test } from 'bun:test'
import { engines } from '../support/database.ts'
import { head, rawConnection, statusOf } from './raw-http.ts'
import { must, type PageView, type RunView, runBody, useStage } from './stage.ts'

const json = { 'content-type': 'application/json' }

describe.each(engines)('requests that break off on %s', engine => {
  const stage = useStage(engine)
  const runs = async () => (await must(200, stage().call<PageView<RunView>>('GET', '/v1/runs?limit=500'))).body.data

  test('a body that is cut off midway makes no run', async () => {
    const text = JSON.stringify(runBody({ input: 'never' }))
    for (const length of [1, 10, text.length - 1]) {
      const connection = await rawConnection(stage().service)
      connection.send(head(stage().service, 'POST /v1/runs', { ...json, 'content-length': String(text.length) }))
      connection.send(text.slice(0, length))
      await connection.cut()
    }
    expect(await runs()).toEqual([])
  })

  test('nor does one that is whole JSON already where it is cut off', async () => {
    const text = JSON.stringify(runBody({ input: 'never' }))
    for (const line of ['POST /v1/runs', 'POST /v1/runs/wait', 'POST /v1/runs/stream']) {
      for (const end of ['cut', 'finish'] as const) {
        const withLength = await rawConnection(stage().service)
        withLength.send(head(stage().service, line, { ...json, 'content-length': String(text.length + 10) }) + text)
        await withLength[end]()
        const chunked = await rawConnection(stage().service)
        chunked.send(head(stage().service, line, { ...json, 'transfer-encoding': 'chunked' }))
        chunked.send(`${text.length.toString(16)}\r\n${text}\r\n`)
        await chunked[end]()
      }
    }
    expect(await runs()).toEqual([])
  })

  test('the log tells of them without an error', async () => {
    expect(stage().service.output()).not.toContain('"level":"error"')
    await must(202, stage().call('POST', '/v1/runs', runBody()))
  })

  test('a client that goes away before the answer has made its run all the same', async () => {
    const before = await runs()
    const text = JSON.stringify(runBody({ input: 'made', metadata: { of: 'a client that left' } }))
    const connection = await rawConnection(stage().service)
    connection.send(head(stage().service, 'POST /v1/runs', { ...json, 'content-length': String(text.length) }) + text)
    await connection.until('HTTP/1.1 202')
    await connection.cut()
    const made = (await runs()).filter(run => !before.some(({ id }) => id === run.id))
    expect(made).toHaveLength(1)
    expect(await stage().finished(made[0]?.id ?? '')).toMatchObject({ status: 'completed', output: 'made' })
  })

  test('many requests on one connection are answered in their order', async () => {
    const connection = await rawConnection(stage().service)
    for (let index = 0; index < 20; index++) {
      connection.send(head(stage().service, 'GET /health', { 'x-request-id': `pipelined-${index}` }))
    }
    const answer = await connection.until('pipelined-19')
    expect([...answer.matchAll(/pipelined-(\d+)/g)].map(match => Number(match[1]))).toEqual(
      Array.from({ length: 20 }, (_, index) => index),
    )
    await connection.cut()
  })
})

describe('requests that are no HTTP', () => {
  const stage = useStage('sqlite')
  const answerTo = async (bytes: string) => {
    const connection = await rawConnection(stage().service)
    connection.send(bytes)
    const answer = await connection.until('\r\n\r\n')
    await connection.cut()
    return answer
  }

  test.each([
    ['rubbish', 'rubbish\r\n\r\n'],
    ['a TLS greeting', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['no host in HTTP 1.1', 'GET /health HTTP/1.1\r\n\r\n'],
    ['a NUL in a header', 'GET /health HTTP/1.1\r\nhost: x\r\nx-a: a\0b\r\n\r\n'],
  ])('400 for %s', async (_name, bytes) => {
    expect(statusOf(await answerTo(bytes))).toBe(400)
  })

  test.each([
    ['a length that is no number', { 'content-length': 'many' }],
    ['a negative length', { 'content-length': '-1' }],
    ['two lengths', { 'content-length': '2', 'Content-Length': '3' }],
    ['a length and chunks', { 'content-length': '2', 'transfer-encoding': 'chunked' }],
  ])('400 for %s', async (_name, headers) => {
    expect(statusOf(await answerTo(`${head(stage().service, 'POST /v1/runs', { ...json, ...headers })}{}`))).toBe(400)
  })

  test('400 for a chunk without a size', async () => {
    const headers = { ...json, 'transfer-encoding': 'chunked' }
    expect(statusOf(await answerTo(`${head(stage().service, 'POST /v1/runs', headers)}none\r\n{}\r\n`))).toBe(400)
  })

  test.each([
    ['a header', () => head(stage().service, 'GET /v1/runs', { 'x-long': 'x'.repeat(20_000) })],
    ['an address', () => head(stage().service, `GET /v1/runs?agent=${'x'.repeat(20_000)}`)],
    [
      'a number of headers',
      () =>
        head(
          stage().service,
          'GET /v1/runs',
          Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`x-${index}`, ''])),
        ),
    ],
  ])('431 for %s that is too large', async (_name, request) => {
    expect(statusOf(await answerTo(request()))).toBe(431)
  })

  test('200 for a health check of HTTP 1.0 that names no host', async () => {
    expect(statusOf(await answerTo('GET /health HTTP/1.0\r\n\r\n'))).toBe(200)
    expect(statusOf(await answerTo('GET /ready HTTP/1.0\r\n\r\n'))).toBe(200)
    expect(statusOf(await answerTo('GET /v1/runs HTTP/1.0\r\n\r\n'))).toBe(401)
  })

  test('100 for a client that asks before it sends its body', async () => {
    const text = JSON.stringify(runBody())
    const connection = await rawConnection(stage().service)
    const headers = { ...json, expect: '100-continue', 'content-length': String(text.length) }
    connection.send(head(stage().service, 'POST /v1/runs', headers))
    expect(statusOf(await connection.until('\r\n\r\n'))).toBe(100)
    connection.send(text)
    expect(await connection.until('"object":"run"')).toContain('HTTP/1.1 202')
    await connection.cut()
  })

  test('after all of that the service is well', async () => {
    expect((await stage().call('GET', '/ready')).status).toBe(200)
    expect(stage().service.output()).not.toContain('"level":"error"')
  })
})
