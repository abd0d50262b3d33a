import { describe, expect, test } from 'bun:test'
import { engines } from '../support/database.ts'
import { EventStream } from './event-stream.ts'
import { must, type PageView, type RunView, runBody, useStage } from './stage.ts'

const newKey = () => ({ 'idempotency-key': crypto.randomUUID() })

describe.each(engines)('Idempotency-Key on %s', engine => {
  const stage = useStage(engine)
  const create = (body: object, headers: Record<string, string>) =>
    stage().call<RunView>('POST', '/v1/runs', body, headers)

  test('202 with the same run for the same key and body, and says that it was made before', async () => {
    const key = newKey()
    const first = await must(202, create(runBody({ metadata: { a: 1, b: [2] } }), key))
    const second = await must(202, create(runBody({ metadata: { a: 1, b: [2] } }), key))
    expect(second.body.id).toBe(first.body.id)
    expect(second.headers.get('location')).toBe(first.headers.get('location'))
    expect(first.headers.get('idempotent-replayed')).toBeNull()
    expect(second.headers.get('idempotent-replayed')).toBe('true')
  })

  test('the order of the body’s keys and its white space make no difference', async () => {
    const key = newKey()
    const first = await must(202, create({ agent: 'echo', input: 'x', metadata: { a: 1, b: 2 } }, key))
    const again = '{ "metadata": {"b":2,\n"a":1}, "input":"x", "agent":"echo" }'
    const second = await must(202, stage().call<RunView>('POST', '/v1/runs', again, key))
    expect(second.body.id).toBe(first.body.id)
  })

  test('a repeated request shows the run as it is by then', async () => {
    const key = newKey()
    const first = await must(202, create(runBody(), key))
    await stage().finished(first.body.id)
    expect((await must(202, create(runBody(), key))).body).toMatchObject({ id: first.body.id, status: 'completed' })
  })

  test('409 when the key was used for another body', async () => {
    const key = newKey()
    const first = await must(202, create(runBody({ input: 'one' }), key))
    const { status, body } = await stage().call('POST', '/v1/runs', runBody({ input: 'two' }), key)
    expect(status).toBe(409)
    expect(body).toMatchObject({
      code: 'idempotency_mismatch',
      detail: `This idempotency key was used for run ${first.body.id} with a different request.`,
    })
  })

  test('20 requests at once with one key and body make one run', async () => {
    const key = newKey()
    const metadata = { at: crypto.randomUUID() }
    const answers = await Promise.all(Array.from({ length: 20 }, () => create(runBody({ metadata }), key)))
    expect(answers.map(answer => answer.status)).toEqual(Array(20).fill(202))
    expect(new Set(answers.map(answer => answer.body.id)).size).toBe(1)
    expect(answers.filter(answer => answer.headers.get('idempotent-replayed') === null)).toHaveLength(1)
    const { body } = await must(200, stage().call<PageView<RunView>>('GET', '/v1/runs?limit=500'))
    expect(body.data.filter(run => run.metadata.at === metadata.at)).toHaveLength(1)
  })

  test('of 20 requests at once with one key and different bodies one wins and the others get 409', async () => {
    const key = newKey()
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => create(runBody({ input: `${index}` }), key)),
    )
    expect(answers.map(answer => answer.status).sort()).toEqual([202, ...Array(19).fill(409)])
  })

  test('POST /v1/runs/wait with a used key waits for the earlier run', async () => {
    const agent = await stage().agent([{ text: ['held'], hold: true }])
    const key = newKey()
    const first = await must(202, create(runBody({ agent }), key))
    const waiting = stage().call<RunView>('POST', '/v1/runs/wait', runBody({ agent }), key)
    const exchange = await stage().provider.request(agent, 1)
    exchange.release()
    const { body } = await must(200, waiting)
    expect(body).toMatchObject({ id: first.body.id, status: 'completed', output: 'held' })
    expect(stage().provider.requests(agent)).toHaveLength(1)
  })

  test('POST /v1/runs/stream with a used key streams the earlier run from its beginning', async () => {
    const key = newKey()
    const first = await must(202, create(runBody(), key))
    await stage().finished(first.body.id)
    const response = await stage().service.request('POST', '/v1/runs/stream', runBody(), key)
    expect(response.headers.get('content-location')).toBe(`/v1/runs/${first.body.id}`)
    const stream = new EventStream(response)
    await stream.all()
    expect(stream.types()[0]).toBe('run.created')
    expect(stream.types().at(-1)).toBe('run.completed')
  })

  test.each(['/v1/runs/wait', '/v1/runs/stream'])('409 from %s when the key was used for another body', async path => {
    const key = newKey()
    await must(202, create(runBody({ input: 'one' }), key))
    expect((await stage().call('POST', path, runBody({ input: 'two' }), key)).status).toBe(409)
  })

  test('a request that was refused does not use up its key', async () => {
    const key = newKey()
    expect((await create(runBody({ agent: 'nobody' }), key)).status).toBe(404)
    expect((await create(runBody({ max_attempts: 0 }), key)).status).toBe(422)
    await must(202, create(runBody(), key))
  })

  test('422 for a key that is empty or too long, naming the header', async () => {
    for (const key of ['', 'k'.repeat(256)]) {
      const { status, body } = await stage().call('POST', '/v1/runs', runBody(), { 'idempotency-key': key })
      expect(status).toBe(422)
      expect(body.errors).toMatchObject([{ in: 'header', path: '/idempotency-key' }])
    }
    await must(202, create(runBody(), { 'idempotency-key': `${crypto.randomUUID()}${'k'.repeat(219)}` }))
  })
})
