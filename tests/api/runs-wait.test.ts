import { describe, expect, test } from 'bun:test'
import { engines } from '../support/database.ts'
import { must, type RunView, runBody, useStage } from './stage.ts'

describe.each(engines)('waiting for runs on %s', engine => {
  const stage = useStage(engine)

  test('POST /v1/runs/wait answers 200 with the completed run and its Location', async () => {
    const { status, headers, body } = await stage().call<RunView>('POST', '/v1/runs/wait', runBody())
    expect(status).toBe(200)
    expect(body).toMatchObject({ object: 'run', status: 'completed', output: 'hello', attempt: 1 })
    expect(headers.get('location')).toBe(`/v1/runs/${body.id}`)
    expect((await must(200, stage().call<RunView>('GET', `/v1/runs/${body.id}`))).body).toEqual(body)
  })

  test('POST /v1/runs/wait answers 200 with the failed run when it fails', async () => {
    const agent = await stage().agent([{ error: { status: 400, message: 'no such temperature' } }])
    const { status, body } = await stage().call<RunView>('POST', '/v1/runs/wait', runBody({ agent }))
    expect(status).toBe(200)
    expect(body).toMatchObject({
      status: 'failed',
      output: null,
      error: { code: 'provider_error', message: 'no such temperature' },
    })
  })

  test('POST /v1/runs/wait answers with the run as it is when timeout_seconds is over', async () => {
    const agent = await stage().agent([{ text: ['late'], hold: true }])
    const { body } = await must(
      200,
      stage().call<RunView>('POST', '/v1/runs/wait?timeout_seconds=0.2', runBody({ agent })),
    )
    expect(body).toMatchObject({ status: expect.stringMatching(/^(queued|running)$/), output: null, finished_at: null })
    const exchange = await stage().provider.request(agent, 1)
    exchange.release()
    expect(await stage().finished(body.id)).toMatchObject({ status: 'completed', output: 'late' })
  })

  test('GET /v1/runs/:id/wait answers at once for a run that is final', async () => {
    const { id } = (await must(200, stage().call<RunView>('POST', '/v1/runs/wait', runBody()))).body
    const { body } = await must(200, stage().call<RunView>('GET', `/v1/runs/${id}/wait`))
    expect(body).toMatchObject({ id, status: 'completed' })
  })

  test('GET /v1/runs/:id/wait answers when the run ends, to everybody who waits', async () => {
    const agent = await stage().agent([{ text: ['so'], hold: true }])
    const { id } = await stage().run({ agent })
    const exchange = await stage().provider.request(agent, 1)
    const waiting = Array.from({ length: 10 }, () => stage().finished(id))
    exchange.release()
    expect((await Promise.all(waiting)).map(run => run.output)).toEqual(Array(10).fill('so'))
  })

  test('GET /v1/runs/:id/wait?timeout_seconds=0 answers at once with the run as it is', async () => {
    const agent = await stage().agent([{ text: ['x'], hold: true }])
    const { id } = await stage().run({ agent })
    const exchange = await stage().provider.request(agent, 1)
    const { body } = await must(200, stage().call<RunView>('GET', `/v1/runs/${id}/wait?timeout_seconds=0`))
    expect(body).toMatchObject({ id, status: expect.stringMatching(/^(queued|running)$/), finished_at: null })
    exchange.release()
    await stage().finished(id)
  })

  test('GET /v1/runs/:id/wait answers when the run is cancelled', async () => {
    const { id } = await stage().run({ delay_seconds: 3_600 })
    const waiting = stage().finished(id)
    await must(200, stage().call('POST', `/v1/runs/${id}/cancel`))
    expect(await waiting).toMatchObject({ id, status: 'cancelled' })
  })

  test('a caller that goes away does not stop the run', async () => {
    const agent = await stage().agent([{ text: ['still here'], hold: true }])
    const leaving = new AbortController()
    const { service } = stage()
    const gone = fetch(`${service.url}/v1/runs/wait`, {
      method: 'POST',
      headers: { authorization: `Bearer ${service.key}`, 'content-type': 'application/json' },
      body: JSON.stringify(runBody({ agent })),
      signal: leaving.signal,
    }).catch((error: Error) => error.name)
    const exchange = await stage().provider.request(agent, 1)
    leaving.abort()
    expect(await gone).toBe('AbortError')
    const [run] = (await must(200, stage().call<{ data: RunView[] }>('GET', `/v1/runs?agent=${agent}`))).body.data
    exchange.release()
    expect(await exchange.ended()).toBe('answered')
    expect(await stage().finished(run?.id ?? '')).toMatchObject({ status: 'completed', output: 'still here' })
  })

  test('404 for a run that does not exist', async () => {
    const { status, body } = await stage().call('GET', '/v1/runs/run_none/wait')
    expect(status).toBe(404)
    expect(body).toMatchObject({ code: 'not_found', detail: 'No run has the id run_none.' })
  })

  test.each(['-1', '3601', 'soon', ''])('422 for timeout_seconds=%s, naming it', async seconds => {
    for (const [method, path, body] of [
      ['GET', '/v1/runs/run_none/wait', undefined],
      ['POST', '/v1/runs/wait', runBody()],
    ] as const) {
      const answer = await stage().call(method, `${path}?timeout_seconds=${seconds}`, body)
      expect(answer.status).toBe(422)
      expect(answer.body.errors).toMatchObject([{ in: 'query', path: '/timeout_seconds' }])
    }
  })
})
