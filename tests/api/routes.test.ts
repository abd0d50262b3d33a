import { describe, expect, test } from 'bun:test'
import { type ProblemView, runBody, useStage } from './stage.ts'

describe('paths and methods', () => {
  const stage = useStage('sqlite')

  test.each([
    '/',
    '/v1',
    '/v1/',
    '/v1/nothing',
    '/v2/runs',
    '/v1/runs/a/b',
    '/v1/runs/a/wait/b',
    '/favicon.ico',
    '/V1/runs',
  ])('404 for %s', async path => {
    for (const method of ['GET', 'POST', 'DELETE']) {
      const { status, headers, body } = await stage().call(method, path)
      expect(status).toBe(404)
      expect(headers.get('content-type')).toBe('application/problem+json')
      expect(body).toMatchObject({ code: 'not_found', detail: `There is no ${method} ${path}.` })
    }
  })

  test.each([
    ['PUT', '/v1/runs', 'GET, HEAD, POST'],
    ['PATCH', '/v1/runs/run_none', 'DELETE, GET, HEAD'],
    ['PATCH', '/v1/threads', 'GET, HEAD, POST'],
    ['PUT', '/v1/threads/thr_none', 'DELETE, GET, HEAD, PATCH'],
    ['GET', '/v1/runs/run_none/cancel', 'POST'],
    ['GET', '/chat', 'POST'],
    ['POST', '/health', 'GET, HEAD'],
    ['OPTIONS', '/v1/runs', 'GET, HEAD, POST'],
  ])('405 for %s %s, with the methods there are', async (method, path, allow) => {
    const { status, headers, body } = await stage().call(method, path)
    expect(status).toBe(405)
    expect(headers.get('allow')).toBe(allow)
    expect(body).toMatchObject({ code: 'method_not_allowed', detail: `${path} has ${allow}, not ${method}.` })
  })

  test('HEAD answers as GET does, without a body', async () => {
    const run = await stage().run()
    await stage().finished(run.id)
    for (const path of ['/health', '/ready', '/v1/runs', `/v1/runs/${run.id}`, '/v1/agents/echo', '/metrics']) {
      const [head, get] = await Promise.all([
        stage().service.request('HEAD', path),
        stage().service.request('GET', path),
      ])
      expect({ path, status: head.status }).toEqual({ path, status: get.status })
      expect(head.headers.get('content-type')).toBe(get.headers.get('content-type'))
      expect(await head.text()).toBe('')
    }
    expect((await stage().service.request('HEAD', '/v1/runs/run_none')).status).toBe(404)
  })

  test('a path with a slash at its end is the same path', async () => {
    expect((await stage().call('GET', '/v1/runs/')).status).toBe(200)
    expect((await stage().call('POST', '/v1/runs/', runBody())).status).toBe(202)
  })

  test('every problem has the same form', async () => {
    const problems = await Promise.all([
      stage().call('GET', '/nothing'),
      stage().call('PUT', '/v1/runs'),
      stage().call('GET', '/v1/runs/run_none'),
      stage().call('POST', '/v1/runs', '{'),
      stage().call('POST', '/v1/runs', {}),
      stage().call('GET', '/v1/runs?cursor=x'),
      stage().call('GET', '/v1/runs', undefined, { authorization: 'Bearer wrong' }),
    ])
    for (const { status, headers, body } of problems) {
      expect(headers.get('content-type')).toBe('application/problem+json')
      expect(body).toMatchObject({
        type: `urn:bunkhouse:error:${body.code}`,
        title: expect.stringMatching(/./),
        status,
        code: expect.stringMatching(/^[a-z_]+$/),
        detail: expect.stringMatching(/./),
        request_id: headers.get('x-request-id') ?? '',
      } satisfies Partial<ProblemView>)
    }
  })
})

describe('x-request-id', () => {
  const stage = useStage('sqlite')
  const idFor = async (given: string | undefined, path = '/v1/runs') => {
    const headers: Record<string, string> = given === undefined ? {} : { 'x-request-id': given }
    return (await stage().call('GET', path, undefined, headers)).headers.get('x-request-id')
  }

  test.each(['abc', '0', 'req-1.2:3/4+5=_', '4bf92f3577b34da6a3ce929d0e0e4736', 'x'.repeat(128)])(
    'the given one, %s, is given back and logged',
    async given => {
      expect(await idFor(given)).toBe(given)
      await stage().service.said(`"requestId":"${given}"`)
    },
  )

  test.each(['', 'x'.repeat(129), 'a b', 'a"b', '<script>', 'a;b', 'é', 'a\tb', '$jndi:x', 'a,b'])(
    'rubbish, %j, is replaced',
    async given => {
      expect(await idFor(given)).toMatch(/^req_[0-9a-f]{32}$/)
    },
  )

  test('each request without one gets one of its own', async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, () => idFor(undefined, '/health')))
    for (const id of ids) expect(id).toMatch(/^req_[0-9a-f]{32}$/)
    expect(new Set(ids).size).toBe(20)
  })

  test('problems, streams, and refusals at the door have one', async () => {
    expect(await idFor('at-the-door', '/nothing')).toBe('at-the-door')
    const refused = await stage().call('GET', '/v1/runs', undefined, {
      authorization: 'Bearer wrong',
      'x-request-id': 'refused',
    })
    expect(refused.headers.get('x-request-id')).toBe('refused')
    expect(refused.body.request_id).toBe('refused')
    const stream = await stage().service.request('POST', '/v1/runs/stream', runBody(), { 'x-request-id': 'streamed' })
    expect(stream.headers.get('x-request-id')).toBe('streamed')
    await stream.text()
  })
})
