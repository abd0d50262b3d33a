import { describe, expect, test } from 'bun:test'
import { pruneFiles } from '../../src/files/prune-files.ts'
import type { fileToWire } from '../../src/files/wire.ts'
import { allPages, must, useStage } from '../api/stage.ts'
import { engines } from '../support/database.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { sharedDatabase } from '../support/migrated-database.ts'

type FileView = ReturnType<typeof fileToWire>

const pixel = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)
const pdf = Buffer.from('%PDF-1.4\nnot much of one')

describe.each(engines)('/v1/files on %s', engine => {
  const stage = useStage(engine)
  const upload = async (content: Buffer, type: string, query = '', key = stage().service.key) => {
    const response = await fetch(`${stage().service.url}/v1/files${query}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': type },
      body: new Uint8Array(content),
    })
    // Safe: the test looks at the fields of the shape.
    return { status: response.status, body: (await response.json()) as FileView & { code?: string; detail?: string } }
  }
  const kept = async (content: Buffer, type: string, query = '') => {
    const { status, body } = await upload(content, type, query)
    if (status !== 201) throw new Error(JSON.stringify(body))
    return body
  }
  /** The parts of the last message that the model was sent. */
  const sent = async (agent: string, number = 1) => {
    const { body } = (await stage().provider.request(agent, number)).record
    return (body as { messages: { content: unknown }[] }).messages.at(-1)?.content // as the SDK sends them
  }
  const run = async (agent: string, content: object[], more: object = {}) => {
    const { id } = await stage().run({ agent, input: [{ role: 'user', content }], ...more })
    return stage().finished(id)
  }

  test('keeps bytes as they were sent', async () => {
    const file = await kept(pixel, 'image/png', '?name=dot.png')
    expect(file).toMatchObject({ object: 'file', name: 'dot.png', media_type: 'image/png', bytes: pixel.length })
    const content = await stage().service.request('GET', `/v1/files/${file.id}/content`)
    expect(Buffer.from(await content.arrayBuffer()).equals(pixel)).toBe(true)
    expect(content.headers.get('content-type')).toBe('image/png')
    expect(content.headers.get('content-disposition')).toBe("attachment; filename*=UTF-8''dot.png")
    expect((await must(200, stage().call<FileView>('GET', `/v1/files/${file.id}`))).body).toEqual(file)
    await kept(pdf, 'application/pdf; charset=binary')
    const { items } = await allPages<FileView>(stage().call, '/v1/files?limit=1')
    expect(items.map(({ id }) => id)).toContain(file.id)
    await must(204, stage().call('DELETE', `/v1/files/${file.id}`))
    expect((await stage().call('GET', `/v1/files/${file.id}`)).status).toBe(404)
  })

  test.each([
    ['nothing', Buffer.alloc(0), 'image/png'],
    ['another type', pdf, 'image/png'],
    ['an unknown type', pdf, 'application/zip'],
    ['no text', Buffer.from([0xff, 0xfe]), 'text/plain'],
  ])('refuses %s', async (_what, content, type) => {
    expect(await upload(content, type)).toMatchObject({ status: 415, body: { code: 'unsupported_media_type' } })
  })

  test('refuses more than a body may have', async () => {
    const large = Buffer.concat([pixel, Buffer.alloc(4 * 1024 * 1024)])
    expect(await upload(large, 'image/png')).toMatchObject({ status: 413 })
  })

  test('a model is given images as images, and texts as texts', async () => {
    const agent = await stage().agent([{ text: 'seen' }])
    const image = await kept(pixel, 'image/png', '?name=dot.png')
    const note = await kept(Buffer.from('# To do'), 'text/markdown', '?name=todo.md')
    const done = await run(agent, [
      { type: 'text', text: 'What is this?' },
      { type: 'file', file_id: image.id },
      { type: 'file', file_id: note.id },
      { type: 'file', media_type: 'image/png', url: 'https://example.com/a.png' },
    ])
    expect(done).toMatchObject({ status: 'completed', output: 'seen' })
    expect(await sent(agent)).toEqual([
      { type: 'text', text: 'What is this?' },
      { type: 'image_url', image_url: { url: `data:image/png;base64,${pixel.toString('base64')}` } },
      { type: 'text', text: '[File todo.md]\n# To do\n[End of todo.md]' },
      { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
    ])
  })

  test('what is sent along is kept once, and goes on with its thread', async () => {
    const agent = await stage().agent([{ text: 'one' }, { text: 'two' }])
    const thread_id = await stage().thread()
    const part = { type: 'file', media_type: 'image/png', data: pixel.toString('base64'), name: 'inline.png' }
    const first = await run(agent, [part], { thread_id })
    expect(first.input).toEqual([
      { role: 'user', content: [{ type: 'file', file_id: expect.stringMatching(/^file_[0-9a-f]{32}$/) }] },
    ])
    await run(agent, [part, { type: 'text', text: 'And now?' }], { thread_id })
    const { items } = await allPages<FileView>(stage().call, '/v1/files')
    expect(items.filter(({ name }) => name === 'inline.png')).toHaveLength(1)
    const { body } = (await stage().provider.request(agent, 2)).record
    expect(JSON.stringify(body).split(pixel.toString('base64'))).toHaveLength(3)
  })

  test('a model is told of one that is gone', async () => {
    const agent = await stage().agent([{ text: 'one' }, { text: 'two' }])
    const thread_id = await stage().thread()
    const { id } = await kept(pixel, 'image/png')
    await run(agent, [{ type: 'file', file_id: id }], { thread_id })
    await must(204, stage().call('DELETE', `/v1/files/${id}`))
    const next = await stage().run({ agent, thread_id, input: 'and?' })
    expect(await stage().finished(next.id)).toMatchObject({ status: 'completed' })
    const { body } = (await stage().provider.request(agent, 2)).record
    expect(JSON.stringify(body)).toContain(`[File ${id} is gone.]`)
  })

  test.each([
    [{ type: 'file', file_id: 'file_00000000000000000000000000000000' }, '/input', 'There is no file'],
    [{ type: 'file', media_type: 'image/png', data: 'AAAA' }, '/input/0/content/0', 'does not begin as image/png'],
    [{ type: 'file', media_type: 'video/mp4', data: 'AAAA' }, '/input/0/content/0', 'video/mp4 is none of'],
  ])('422 for a message with %j', async (part, path, words) => {
    const answer = await stage().call('POST', '/v1/runs', { agent: 'echo', input: [{ role: 'user', content: [part] }] })
    expect([answer.status, answer.body.errors?.[0]?.path]).toEqual([422, path])
    expect(answer.body.errors?.[0]?.message).toContain(words)
  })

  test('shows nothing of another tenant, and attaches nothing of it', async () => {
    const { id } = await kept(pixel, 'image/png')
    const tenantId = `foreign-${engine}`
    const made = await must(
      201,
      stage().call<{ admin_key: { key: string } }>('POST', '/v1/tenants', { id: tenantId, name: tenantId }),
    )
    const headers = { authorization: `Bearer ${made.body.admin_key.key}` }
    for (const [method, path] of [
      ['GET', `/v1/files/${id}`],
      ['GET', `/v1/files/${id}/content`],
      ['DELETE', `/v1/files/${id}`],
    ] as const)
      expect([path, (await stage().call(method, path, undefined, headers)).status]).toEqual([path, 404])
    const body = { agent: 'echo', input: [{ role: 'user', content: [{ type: 'file', file_id: id }] }] }
    expect((await stage().call('POST', '/v1/runs', body, headers)).status).toBe(422)
  })
})

describe.each(engines)('a file that is kept for a time on %s', engine => {
  const opened = sharedDatabase(engine)

  test('is gone after that, and deleted', async () => {
    const { keepFile } = await import('../../src/files/keep-file.ts')
    const { getFile } = await import('../../src/files/read-files.ts')
    const { database } = opened()
    const clock = new FakeClock()
    const app = { clock, database }
    const actor = { tenantId: `ttl-${engine}` }
    const file = await keepFile(app, actor, { name: 'a', mediaType: 'image/png', content: pixel, ttlSeconds: 60 })
    expect(await getFile(app, actor, file.id)).toEqual(file)
    clock.advance(60_000)
    await expect(getFile(app, actor, file.id)).rejects.toMatchObject({ code: 'not_found' })
    await database.transaction(tx => pruneFiles(tx, clock.now()))
    const left = await database.orm.select({ id: database.tables.files.id }).from(database.tables.files)
    expect(left.map(({ id }) => id)).not.toContain(file.id)
  })
})
