import { describe, expect, test } from 'bun:test'
import { callOf, must, type PageView, type RunView, runBody } from '../api/stage.ts'
import { testsOfProcesses } from '../lifecycle/processes.ts'
import { openCli } from '../support/cli.ts'
import { createDatabase, engines } from '../support/database.ts'
import { startService } from '../support/service.ts'
import { isSignedWith, startReceiver } from './receiver.ts'
import { type DeliveryView, makeWebhook, nearby, readTries } from './views.ts'

testsOfProcesses()

describe.each(engines)('webhooks and processes on %s', engine => {
  const environment = (url: string) => ({ DATABASE_URL: url, LEASE_SECONDS: '5', ...nearby })

  test('what was stored before a kill -9 is delivered after it, with the same id', async () => {
    await using database = await createDatabase(engine)
    using receiver = startReceiver()
    const env = environment(database.url)
    // It writes what is to be told, and has no worker that would.
    await using first = await startService({ env: { ...env, ROLES: 'api' } })
    const call = callOf(first)
    const { secret } = await makeWebhook(call, { url: receiver.url, events: ['run.*'] })
    const { body: run } = await must(202, call<RunView>('POST', '/v1/runs', runBody()))
    const { body: log } = await must(200, call<PageView<DeliveryView>>('GET', '/v1/webhooks/deliveries'))
    expect(log.data).toMatchObject([{ event: 'run.queued', run_id: run.id, state: 'pending', attempts: 0 }])
    await first.stop('SIGKILL')
    expect(receiver.received).toEqual([])

    await using second = await startService({ env })
    const messages = await receiver.count(3)
    expect(messages.map(({ body }) => `${body.type} ${body.data.id}`).sort()).toEqual(
      ['queued', 'started', 'completed'].map(state => `run.${state} ${run.id}`).sort(),
    )
    const queued = messages.find(({ body }) => body.type === 'run.queued')
    expect(queued?.messageId).toBe(log.data[0]?.message_id ?? '')
    expect(messages.every(message => isSignedWith(secret, message))).toBe(true)
    await second.stop()
  })

  test('a message whose process is killed -9 while it is sent is sent again, with the same id', async () => {
    await using database = await createDatabase(engine)
    using receiver = startReceiver()
    const env = environment(database.url)
    receiver.answer(() => new Promise<Response>(() => {}))
    await using first = await startService({ env })
    await makeWebhook(callOf(first), { url: receiver.url, events: ['run.completed'] })
    await must(200, callOf(first)('POST', '/v1/runs/wait', runBody()))
    await receiver.count(1)
    await first.stop('SIGKILL')

    receiver.answer(() => new Response())
    await using second = await startService({ env })
    const [sent, again] = await receiver.count(2)
    expect(again?.messageId).toBe(sent?.messageId ?? '')
    expect(again?.text).toBe(sent?.text ?? '')
    const call = callOf(second)
    const { body: log } = await must(200, call<PageView<DeliveryView>>('GET', '/v1/webhooks/deliveries'))
    const id = log.data[0]?.id ?? ''
    let delivery = await readTries(call, id)
    while (delivery.state === 'pending') delivery = await readTries(call, id)
    // Of the attempt that was cut off nobody can say what became of it.
    expect(delivery).toMatchObject({ state: 'delivered', attempts: 1, tries: [{ status: 200 }] })
    await second.stop()
  })

  test('what `bunkhouse run` does is told by the process that serves next', async () => {
    await using database = await createDatabase(engine)
    await using cli = await openCli()
    using receiver = startReceiver()
    const env = environment(database.url)
    {
      await using service = await startService({ env })
      await makeWebhook(callOf(service), { url: receiver.url, events: ['run.*'] })
      await service.stop()
    }
    const { code } = await cli.run(['run', 'echo', 'from the command line'], { env })
    expect(code).toBe(0)
    expect(receiver.received).toEqual([])
    await using service = await startService({ env })
    const messages = await receiver.count(3)
    expect(messages.map(({ body }) => body.type).sort()).toEqual(['run.completed', 'run.queued', 'run.started'])
    expect(messages.every(({ body }) => body.data.input === 'from the command line')).toBe(true)
    await service.stop()
  })

  test('a schedule tells of its occurrences', async () => {
    await using database = await createDatabase(engine)
    using receiver = startReceiver()
    await using service = await startService({ env: environment(database.url) })
    const call = callOf(service)
    await makeWebhook(call, { url: receiver.url, events: ['schedule.*'] })
    const body = { agent: 'echo', input: 'tick', cron: '0 0 1 1 *' }
    const { body: schedule } = await must(201, call<{ id: string }>('POST', '/v1/schedules', body))
    await must(202, call('POST', `/v1/schedules/${schedule.id}/trigger`))
    const [message] = await receiver.count(1)
    expect(message?.body).toMatchObject({
      type: 'schedule.fired',
      data: { agent: 'echo', object: 'occurrence', schedule_id: schedule.id, origin: 'trigger', outcome: 'fired' },
    })
    expect(message?.body.data.run_id).toStartWith('run_')
    await service.stop()
  })
})

test('of two processes, one writes what the other delivers, and each heeds what was changed at the other', async () => {
  await using database = await createDatabase('postgres')
  using receiver = startReceiver()
  const env = { DATABASE_URL: database.url, ...nearby }
  await using api = await startService({ env: { ...env, ROLES: 'api' } })
  await using worker = await startService({ env: { ...env, ROLES: 'worker,scheduler' } })
  const call = callOf(api)
  const hook = await makeWebhook(call, { url: receiver.url, events: ['run.queued', 'run.completed'] })
  await must(202, call('POST', `/v1/webhooks/${hook.id}/test`))
  await receiver.count(1)
  // Queued is told by the one, completed by the other, as soon as that has heard of the webhook.
  const isCompleted = () => receiver.received.some(({ body }) => body.type === 'run.completed')
  const told: string[] = []
  while (!isCompleted()) {
    const { body: run } = await must(200, call<RunView>('POST', '/v1/runs/wait', runBody()))
    told.push(run.id)
    await receiver.first(({ body }) => body.type === 'run.queued' && body.data.id === run.id)
  }
  const { body: run } = await must(200, call<RunView>('POST', '/v1/runs/wait', runBody()))
  await receiver.first(({ body }) => body.type === 'run.completed' && body.data.id === run.id)
  expect(told.length).toBeGreaterThan(0)
  await Promise.all([api.stop(), worker.stop()])
})
