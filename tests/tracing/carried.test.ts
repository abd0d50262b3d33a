import { describe, expect, test } from 'bun:test'
import { makeJobStage } from '../jobs/job-stage.ts'
import { testsOfProcesses, track } from '../lifecycle/processes.ts'
import { shownRun } from '../lifecycle/runs.ts'
import { makeWorld } from '../lifecycle/world.ts'
import { engines } from '../support/database.ts'
import { OtlpReceiver, type SpanTree } from '../support/otlp/receiver.ts'

testsOfProcesses()

const leaf = (name: string): SpanTree => ({ name, parts: [] })
const echoRun: SpanTree = {
  name: 'invoke_agent echo',
  parts: [{ name: 'attempt', parts: [{ name: 'step', parts: [leaf('chat echo')] }] }],
}

describe.each(engines)('a trace on %s goes on', engine => {
  test('in every attempt of the jobs that a request makes, also after a restart', async () => {
    await using receiver = new OtlpReceiver()
    await using stage = await makeJobStage(engine, receiver.env)
    const { handlers } = stage
    handlers.script('one', [{ throws: { name: 'Error', message: 'Not yet, sk-planted-0123456789' } }, {}])
    handlers.script('two', [{}])
    const first = await stage.start()
    track(first.process)
    const jobs = [
      { kind: 'work', payload: { name: 'one' } },
      { kind: 'work', payload: { name: 'two' }, delay_seconds: 1 },
    ]
    const made = await first.request('POST', '/v1/jobs', { jobs })
    expect(made.status).toBe(201)
    const { traceId, id } = await receiver.span('POST /v1/jobs')
    await handlers.call('one', 2)
    expect(await first.stop()).toBe(0)
    const second = await stage.start()
    track(second.process)
    const spans = await receiver.until(() => {
      const found = receiver.trace(traceId).filter(span => span.name === 'process default')
      return found.length === 3 && found
    })
    expect(receiver.tree(traceId, id)).toEqual({ name: 'POST /v1/jobs', parts: spans.map(span => leaf(span.name)) })
    expect(spans.map(span => span.attributes['bunkhouse.attempt']).sort()).toEqual([1, 1, 2])
    const told = [...handlers.calls('one'), ...handlers.calls('two')].map(({ traceparent }) => traceparent)
    expect(told.sort()).toEqual(spans.map(span => `00-${traceId}-${span.id}-01`).sort())
    const [failed] = spans.filter(({ error }) => error !== null)
    expect(failed).toMatchObject({
      kind: 'consumer',
      attributes: { 'bunkhouse.job.kind': 'work', 'error.type': 'Error' },
    })
    expect(failed?.error).toStartWith('Not yet, sk-***')
  })

  test('in what is delivered outside, and its receiver is told', async () => {
    await using receiver = new OtlpReceiver()
    await using world = await makeWorld(engine, [])
    const heard: { headers: Headers; type: string }[] = []
    using outside = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      async fetch(request) {
        // Safe: the service's own body, in the form of Standard Webhooks.
        heard.push({ headers: request.headers, type: ((await request.json()) as { type: string }).type })
        return new Response()
      },
    })
    const migrating = await world.start()
    expect(await migrating.stop()).toBe(0)
    const at = engine === 'sqlite' ? '0' : 'now()'
    await world.sql(`insert into webhooks (id, tenant_id, name, url, events, secret, state, created_at, updated_at)
      values ('whk_1', 'default', 'ours', '${outside.url.href}', '["run.completed"]',
              'plain:whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'enabled', ${at}, ${at})`)
    const service = await world.start({ ...receiver.env, EGRESS_ALLOW: '127.0.0.1' })
    await service.request('POST', '/v1/runs/wait', { agent: 'echo', input: 'hello' })
    const { traceId, id } = await receiver.span('POST /v1/runs/wait')
    await receiver.span('process webhooks')
    expect(receiver.tree(traceId, id).parts).toEqual([
      { name: 'invoke_agent echo', parts: [...echoRun.parts, { name: 'process webhooks', parts: [leaf('POST')] }] },
    ])
    const sent = await receiver.span('POST')
    expect(sent).toMatchObject({
      kind: 'client',
      attributes: { 'server.address': '127.0.0.1', 'server.port': outside.port, 'http.response.status_code': 200 },
    })
    expect(heard.map(({ type }) => type)).toEqual(['run.completed'])
    expect(heard[0]?.headers.get('traceparent')).toBe(`00-${traceId}-${sent.id}-01`)
  })

  test('in the runs of a schedule: of the request that triggers it, else of their own', async () => {
    await using receiver = new OtlpReceiver()
    await using world = await makeWorld(engine, [])
    const service = await world.start(receiver.env)
    const rule = { agent: 'echo', input: 'tick', cron: '* * * * * *', timezone: 'UTC' }
    const response = await service.request('POST', '/v1/schedules', rule)
    expect(response.status).toBe(201)
    // Safe: the API's own shape, which its tests hold it to.
    const schedule = (await response.json()) as { id: string }
    const fired = await receiver.span('fire schedule')
    const runId = String(fired.attributes['bunkhouse.run.id'])
    await receiver.run(runId)
    expect(fired).toMatchObject({
      kind: 'producer',
      parentId: '',
      attributes: { 'bunkhouse.schedule.id': schedule.id, 'bunkhouse.schedule.origin': 'rule' },
    })
    expect(receiver.tree(fired.traceId)).toEqual({ name: 'fire schedule', parts: [echoRun] })

    await service.request('POST', `/v1/schedules/${schedule.id}/pause`)
    await service.request('POST', `/v1/schedules/${schedule.id}/trigger`)
    const triggered = await receiver.span(
      'fire schedule',
      ({ attributes }) => attributes['bunkhouse.schedule.origin'] === 'trigger',
    )
    await receiver.run(String(triggered.attributes['bunkhouse.run.id']))
    const name = 'POST /v1/schedules/:id/trigger'
    await receiver.span(name)
    expect(receiver.tree(triggered.traceId)).toEqual({ name, parts: [{ name: 'fire schedule', parts: [echoRun] }] })
  })

  test('to its end where a run is cancelled before anybody has begun it', async () => {
    await using receiver = new OtlpReceiver()
    await using world = await makeWorld(engine, [])
    const service = await world.start(receiver.env)
    const body = { agent: 'echo', input: 'later', delay_seconds: 3_600 }
    const run = await shownRun(await service.request('POST', '/v1/runs', body))
    await service.request('POST', `/v1/runs/${run.id}/cancel`)
    const whole = await receiver.run(run.id)
    expect(whole.attributes['bunkhouse.run.status']).toBe('cancelled')
    expect(receiver.tree(whole.traceId)).toEqual({ name: 'POST /v1/runs', parts: [leaf('invoke_agent echo')] })
  })
})
