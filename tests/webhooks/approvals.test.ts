import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { must } from '../api/stage.ts'
import { type Clerk, startClerk } from '../approvals/clerk.ts'
import { engines } from '../support/database.ts'
import { isSignedWith, type Receiver, startReceiver } from './receiver.ts'
import { makeWebhook, nearby } from './views.ts'

setDefaultTimeout(120_000)

describe.each(engines)('webhooks of approvals on %s', engine => {
  let started: Clerk | undefined
  beforeAll(async () => {
    started = await startClerk(engine, nearby)
  })
  afterAll(() => started?.[Symbol.asyncDispose]())
  const clerk = (): Clerk => {
    if (!started) throw new Error('The clerk is there within tests only.')
    return started
  }
  /** Of one run, each by its type. */
  const told = (receiver: Receiver, runId: string, type: string) =>
    receiver.first(({ body }) => body.type === type && (body.data.run_id ?? body.data.id) === runId)
  const hook = (receiver: Receiver, events = ['approval.*', 'run.waiting']) =>
    makeWebhook(clerk().stage.call, { url: receiver.url, events })

  test('whoever has to decide is told, and told what was decided', async () => {
    const { run, until, pending, resolve, stage } = clerk()
    using receiver = startReceiver()
    const { secret } = await hook(receiver)
    const { id } = await run([{ name: 'refund', input: { amount: 50 } }])
    await until(id, 'waiting')
    const [approval] = await pending(id)
    const requested = await told(receiver, id, 'approval.requested')
    expect(requested.body.data).toEqual({ ...approval })
    expect(isSignedWith(secret, requested)).toBe(true)
    const waiting = await told(receiver, id, 'run.waiting')
    expect(waiting.body.data).toMatchObject({ id, object: 'run', status: 'waiting' })

    await resolve(approval?.id ?? '', { action: 'deny', reason: 'not today' })
    const resolved = await told(receiver, id, 'approval.resolved')
    const { body: read } = await must(200, stage.call('GET', `/v1/approvals/${approval?.id}`))
    expect(resolved.body.data).toEqual({ ...read })
    expect(read).toMatchObject({ state: 'resolved', decision: { action: 'deny', reason: 'not today' } })
    await stage.finished(id)
  })

  test('reminders and deadlines are told', async () => {
    const { run, stage } = clerk()
    using receiver = startReceiver()
    await hook(receiver)
    const { id } = await run([{ name: 'patient', input: { text: 'x' } }])
    const reminded = await told(receiver, id, 'approval.reminded')
    expect(reminded.body.data).toMatchObject({ run_id: id, state: 'pending', tool: 'patient' })
    await must(200, stage.call('POST', `/v1/runs/${id}/cancel`))

    const { id: hasty } = await run([{ name: 'hasty', input: { text: 'x' } }])
    const expired = await told(receiver, hasty, 'approval.resolved')
    expect(expired.body.data).toMatchObject({ state: 'expired', resolved_by: 'system', decision: { action: 'deny' } })
    await stage.finished(hasty)
  })

  test('the end of a run that waited is told to whoever was asked', async () => {
    const { run, until, stage } = clerk()
    using receiver = startReceiver()
    await hook(receiver)
    const { id } = await run([{ name: 'refund', input: { amount: 60 } }])
    await until(id, 'waiting')
    await must(200, stage.call('POST', `/v1/runs/${id}/cancel`))
    const closed = await told(receiver, id, 'approval.resolved')
    expect(closed.body.data).toMatchObject({ run_id: id, state: 'cancelled', resolved_by: 'system', decision: null })
  })

  test('a call that the caller runs is told by its run alone', async () => {
    const { run, stage } = clerk()
    using receiver = startReceiver()
    await hook(receiver, ['*'])
    const tools = [{ name: 'weather', description: 'Tells the weather.', input_schema: { type: 'object' } }]
    const { id } = await run([{ name: 'weather', id: 'call_w' }], { tools })
    const waiting = await told(receiver, id, 'run.waiting')
    expect(waiting.body.data).toMatchObject({ tool_calls: [{ tool_call_id: 'call_w', name: 'weather' }] })
    const results = [{ tool_call_id: 'call_w', output: 'rain' }]
    await must(200, stage.call('POST', `/v1/runs/${id}/tool-results`, { results }))
    await told(receiver, id, 'run.completed')
    const types = receiver.received.filter(({ body }) => (body.data.run_id ?? body.data.id) === id)
    expect(types.filter(({ body }) => body.type.startsWith('approval.'))).toEqual([])
  })
})
