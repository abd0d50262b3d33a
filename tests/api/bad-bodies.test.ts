import { describe, expect, test } from 'bun:test'
import { engines } from '../support/database.ts'
import { type Call, must, type PageView, type ProblemView, type RunView, runBody, useStage } from './stage.ts'

const limit = 20_000
const json = { 'content-type': 'application/json' }

describe.each(engines)('bodies that are wrong on %s', engine => {
  const stage = useStage(engine, { BODY_LIMIT_BYTES: String(limit) })
  const call: Call = (...args) => stage().call(...args)
  const post = (body: unknown, headers?: Record<string, string>) => call('POST', '/v1/runs', body, headers)
  /** Sends bytes as they are: in one piece with a length, or in chunks without. */
  const send = async (body: Uint8Array | ReadableStream<Uint8Array>) => {
    const { url, key } = stage().service
    const response = await fetch(`${url}/v1/runs`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, ...json },
      body,
    })
    return { status: response.status, body: (await response.json()) as ProblemView } // ours
  }
  const runs = async () => (await must(200, call<PageView<RunView>>('GET', '/v1/runs?limit=500'))).body.data.length
  const paths = (problem: ProblemView) => problem.errors?.map(({ in: where, path }) => `${where} ${path}`)

  test.each([
    '{',
    '{"agent":"echo","input":"x"',
    '{"agent":"echo",}',
    "{'agent':'echo'}",
    'agent=echo',
    '\ufeff\ufeff{}',
    '{} {}',
    '<x/>',
    'NaN',
    '\u0000',
  ])('400 for malformed JSON: %j', async text => {
    const { status, body } = await post(text)
    expect(status).toBe(400)
    expect(body).toMatchObject({ code: 'malformed_body', detail: expect.stringContaining('not JSON') })
  })

  test.each([
    ['invalid bytes', [0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]],
    ['an overlong form', [0x22, 0xc0, 0xaf, 0x22]],
    ['a surrogate', [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ['a character cut off', [0x22, 0xe2, 0x82]],
    ['UTF-16', [0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]],
  ])('400 for invalid UTF-8: %s', async (_name, bytes) => {
    const { status, body } = await send(new Uint8Array(bytes))
    expect(status).toBe(400)
    expect(body).toMatchObject({ code: 'malformed_body', detail: 'The body is not valid UTF-8.' })
  })

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonp',
    '',
    'json',
  ])('415 for the content-type %j', async type => {
    const { status, body } = await post(JSON.stringify(runBody()), { 'content-type': type })
    expect(status).toBe(415)
    expect(body).toMatchObject({ code: 'unsupported_media_type', detail: expect.stringContaining('application/json') })
  })

  test.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON', 'application/vnd.api+json'])(
    '202 for the content-type %j',
    async type => {
      await must(202, post(JSON.stringify(runBody()), { 'content-type': type }))
    },
  )

  test.each(['null', '[]', '5', '"text"', 'true', '[{"agent":"echo","input":"x"}]'])(
    '422 for the body %s, which is no object',
    async text => {
      const { status, body } = await post(text)
      expect(status).toBe(422)
      expect(body.code).toBe('invalid_request')
      expect(body.detail).not.toContain('undefined')
    },
  )

  test('422 for no body at all, naming what is missing', async () => {
    for (const body of [undefined, '']) {
      const answer = await post(body)
      expect(answer.status).toBe(422)
      expect(paths(answer.body)).toContain('body /agent')
    }
  })

  test.each<[object, string[]]>([
    [{}, ['/agent', '/input']],
    [{ agent: 'echo' }, ['/input']],
    [{ agent: 5, input: 'x' }, ['/agent']],
    [{ agent: '', input: 'x' }, ['/agent']],
    [{ agent: 'a'.repeat(65), input: 'x' }, ['/agent']],
    [{ agent: 'a\u0000b', input: 'x' }, ['/agent']],
    [runBody({ thread_id: 'thr_\u0000' }), ['/thread_id']],
    [runBody({ thread_id: null }), ['/thread_id']],
    [runBody({ input: 5 }), ['/input']],
    [runBody({ input: null }), ['/input']],
    [runBody({ input: {} }), ['/input']],
    [runBody({ input: '' }), ['/input']],
    [runBody({ input: [] }), ['/input']],
    [runBody({ input: ['text'] }), ['/input/0']],
    [runBody({ input: [{}] }), ['/input/0/role', '/input/0/content']],
    [runBody({ input: [{ role: 'robot', content: 'x' }] }), ['/input/0/role']],
    [runBody({ input: [{ role: 'user', content: 5 }] }), ['/input/0/content']],
    [
      runBody({ input: [{ role: 'user', content: [{ type: 'image' }] }] }),
      ['/input/0/content/0/type', '/input/0/content/0/text'],
    ],
    [runBody({ input: [{ role: 'user', content: '' }] }), ['/input']],
    [runBody({ metadata: 'x' }), ['/metadata']],
    [runBody({ metadata: [] }), ['/metadata']],
    [runBody({ metadata: null }), ['/metadata']],
    [runBody({ on_busy: 'hurry', max_attempts: 0 }), ['/max_attempts', '/on_busy']],
  ])('422 for %j, naming every field that is wrong', async (sent, fields) => {
    const { status, body } = await post(sent)
    expect(status).toBe(422)
    expect(paths(body)?.sort()).toEqual(fields.map(field => `body ${field}`).sort())
    expect(body.detail).toContain(body.errors?.[0]?.message ?? '?')
  })

  test.each<[object, string]>([
    [runBody({ extra: 1 }), '/extra'],
    [runBody({ Input: 'x' }), '/Input'],
    [runBody({ 'a/b': 1 }), '/a~1b'],
    [runBody({ constructor: 1 }), '/constructor'],
    [runBody({ input: [{ role: 'user', content: 'x', name: 'y' }] }), '/input/0/name'],
    [
      runBody({ input: [{ role: 'user', content: [{ type: 'text', text: 'x', cache: 1 }] }] }),
      '/input/0/content/0/cache',
    ],
  ])('422 for an unknown field in %j, naming it', async (sent, field) => {
    const { status, body } = await post(sent)
    expect(status).toBe(422)
    expect(body.errors).toEqual([{ in: 'body', path: field, message: 'There is no such field.' }])
  })

  test('of a key that is there twice the last one counts, as in JSON everywhere', async () => {
    const { body } = await must(
      202,
      call<RunView>('POST', '/v1/runs', '{"agent":"nobody","agent":"echo","input":"a","input":"b"}'),
    )
    expect(body).toMatchObject({ agent: 'echo', input: 'b' })
  })

  test('nesting up to 200 levels comes back as it was sent', async () => {
    const nested = '['.repeat(198) + ']'.repeat(198)
    const sent = `{"agent":"echo","input":"[[[{{{ \\" [","metadata":{"deep":${nested},"text":"${'['.repeat(500)}"}}`
    const { body } = await must(202, call<RunView>('POST', '/v1/runs', sent))
    const run = await stage().finished(body.id)
    expect(run).toMatchObject({ status: 'completed', output: '[[[{{{ " [' })
    expect(JSON.stringify(run.metadata.deep)).toBe(nested)
  })

  test.each([201, 1_000, 9_900])('400 for %i levels of nesting', async depth => {
    for (const [open, close] of [
      ['[', ']'],
      ['{"a":', '}'],
    ] as const) {
      const nested = `${open.repeat(depth)}1${close.repeat(depth)}`.slice(0, limit)
      const { status, body } = await post(nested)
      expect(status).toBe(400)
      expect(body).toMatchObject({ code: 'malformed_body', detail: 'The body is nested more than 200 levels deep.' })
    }
  })

  test('413 for a body that says it is too long, without reading it', async () => {
    const { status, body } = await post(runBody({ input: 'x'.repeat(limit) }))
    expect(status).toBe(413)
    expect(body).toMatchObject({ code: 'body_too_large', detail: `The body may have ${limit} bytes at most.` })
  })

  test('413 for a body that turns out too long, sent in chunks without a length', async () => {
    const chunk = new TextEncoder().encode(' '.repeat(1_000))
    let sent = 0
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (sent++ < 1_000) controller.enqueue(chunk)
        else controller.close()
      },
    })
    const { status, body } = await send(endless)
    expect(status).toBe(413)
    expect(body.code).toBe('body_too_large')
  })

  test('202 for a body of just the limit, with a length and in chunks', async () => {
    const text = JSON.stringify(runBody()).padEnd(limit)
    const bytes = new TextEncoder().encode(text)
    expect((await send(bytes)).status).toBe(202)
    const chunks = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let at = 0; at < bytes.length; at += 777) controller.enqueue(bytes.slice(at, at + 777))
        controller.close()
      },
    })
    expect((await send(chunks)).status).toBe(202)
    expect((await send(new TextEncoder().encode(`${text} `))).status).toBe(413)
  })

  test.each(['/v1/runs', '/v1/runs/wait', '/v1/runs/stream', '/v1/threads', '/v1/agents', '/chat'])(
    '400, 413, 415 and 422 from %s too',
    async path => {
      expect((await call('POST', path, '{')).status).toBe(400)
      expect((await call('POST', path, ' '.repeat(limit + 1))).status).toBe(413)
      expect((await call('POST', path, '{}', { 'content-type': 'text/plain' })).status).toBe(415)
      expect((await call('POST', path, { nothing: 1 })).status).toBe(422)
    },
  )

  test('nothing of what was refused was stored', async () => {
    const before = await runs()
    for (const body of ['{', 'null', runBody({ extra: 1 }), runBody({ input: 'x'.repeat(limit) })]) await post(body)
    expect(await runs()).toBe(before)
  })
})

describe('with NODE_ENV=production', () => {
  const stage = useStage('sqlite', { NODE_ENV: 'production', ENVIRONMENT: 'production' })

  test('errors name their fields all the same', async () => {
    const { status, body } = await stage().call(
      'POST',
      '/v1/runs',
      runBody({ input: [{ role: 'user', content: 'x', extra: 1 }] }),
    )
    expect(status).toBe(422)
    expect(body.errors).toEqual([{ in: 'body', path: '/input/0/extra', message: 'There is no such field.' }])
  })
})
