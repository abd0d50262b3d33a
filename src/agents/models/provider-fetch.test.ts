import { afterAll, beforeAll, expect, test } from 'bun:test'
import { providerFetch } from './provider-fetch.ts'

let server: Bun.Server<undefined>

beforeAll(() => {
  server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: request => {
      const key = request.headers.get('authorization') ?? ''
      const status = Number(new URL(request.url).pathname.slice(1))
      return Response.json({ error: `${key} was sent` }, { status, headers: { 'retry-after': '7' } })
    },
  })
})
afterAll(() => server.stop(true))

const call = (status: number, apiKey: string | undefined) =>
  providerFetch(apiKey)(`${server.url}${status}`, { headers: { authorization: 'Bearer deadbeef0123' } })

test('an error that repeats the key comes without it, and is otherwise the same', async () => {
  const response = await call(401, 'deadbeef0123')
  expect(response.status).toBe(401)
  expect(response.headers.get('retry-after')).toBe('7')
  expect(response.headers.get('content-type')).toContain('application/json')
  expect(await response.json()).toEqual({ error: 'Bearer … was sent' })
})

test('an answer that is no error is left alone', async () => {
  expect(await (await call(200, 'deadbeef0123')).json()).toEqual({ error: 'Bearer deadbeef0123 was sent' })
})

test('without a key there is nothing to hide', async () => {
  expect(await (await call(500, undefined)).json()).toEqual({ error: 'Bearer deadbeef0123 was sent' })
})
