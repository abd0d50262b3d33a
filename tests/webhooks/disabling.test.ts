import { describe, expect, test } from 'bun:test'
import { eq } from 'drizzle-orm'
import { engines } from '../support/database.ts'
import { sharedDatabase } from '../support/migrated-database.ts'
import { openDesk } from './desk.ts'
import { startReceiver } from './receiver.ts'

const second = 1_000
const day = 86_400 * second

describe.each(engines)('webhooks that fail on %s', engine => {
  const shared = sharedDatabase(engine)
  const desk = () => openDesk(shared().database)

  test('with nothing delivered for three days, a webhook is disabled and its tenant told', async () => {
    using receiver = startReceiver()
    const { app, actor, webhook, readWebhook, ping, attempt, read, clock, facts } = desk()
    receiver.answer(() => new Response(null, { status: 500 }))
    const bad = await webhook({ url: receiver.url, name: 'bad' })
    const good = await webhook({ url: `${receiver.url}/good`, name: 'good', events: ['webhook.*'] })
    await webhook({ url: `${receiver.url}/others`, name: 'others', agents: ['other'] })
    await attempt(await ping(bad.id))
    expect(await readWebhook(bad.id)).toMatchObject({ state: 'enabled', failingSince: clock.ms })
    const waiting = await ping(bad.id)
    clock.advance(3 * day - second)
    await attempt(await ping(bad.id))
    expect((await readWebhook(bad.id)).state).toBe('enabled')
    clock.advance(second)
    await attempt(await ping(bad.id))
    const disabled = await readWebhook(bad.id)
    expect(disabled.state).toBe('disabled')
    expect(disabled.disabledReason).toStartWith('Nothing has been delivered since 2026-03-01T12:00:00.000Z.')
    expect(facts.all('webhook.disabled')).toMatchObject([{ webhookId: bad.id, name: 'bad' }])
    // What was under way is sent no more, and can be replayed when it is enabled again.
    const tried = receiver.received.length
    expect(await attempt(waiting)).toEqual({ kind: 'completed' })
    expect(receiver.received.length).toBe(tried)
    expect((await read(waiting)).log.at(-1)?.error).toBe('Its webhook is disabled.')
    // The other webhook is told; one for some agents is not told of a webhook for all.
    const { webhookDeliveries, auditLog } = app.database.tables
    const told = await app.database.orm
      .select()
      .from(webhookDeliveries)
      .where(eq(webhookDeliveries.event, 'webhook.disabled'))
    const mine = told.filter(({ tenantId }) => tenantId === actor.tenantId)
    expect(mine.map(({ webhookId }) => webhookId)).toEqual([good.id])
    expect(JSON.parse(mine[0]?.body ?? '')).toMatchObject({
      type: 'webhook.disabled',
      data: { id: bad.id, state: 'disabled' },
    })
    const entries = await app.database.orm.select().from(auditLog).where(eq(auditLog.targetId, bad.id))
    expect(entries.map(({ action, actor: who }) => `${who} ${action}`)).toEqual([
      'operator webhook.created',
      'system webhook.disabled',
    ])
  })

  test('a delivery in between starts the three days anew', async () => {
    using receiver = startReceiver()
    const { webhook, readWebhook, ping, attempt, clock } = desk()
    const { id } = await webhook({ url: receiver.url })
    const answer = (status: number) => receiver.answer(() => new Response(null, { status }))
    answer(500)
    await attempt(await ping(id))
    clock.advance(2 * day)
    answer(200)
    await attempt(await ping(id))
    expect((await readWebhook(id)).failingSince).toBeNull()
    clock.advance(2 * day)
    answer(500)
    await attempt(await ping(id))
    expect(await readWebhook(id)).toMatchObject({ state: 'enabled', failingSince: clock.ms })
  })

  test('410 disables a webhook at once', async () => {
    using receiver = startReceiver()
    receiver.answer(() => new Response(null, { status: 410 }))
    const { webhook, readWebhook, ping, attempt, read } = desk()
    const { id } = await webhook({ url: receiver.url })
    const delivery = await ping(id)
    expect(await attempt(delivery)).toEqual({ kind: 'completed' })
    expect((await read(delivery)).state).toBe('failed')
    expect(await readWebhook(id)).toMatchObject({
      state: 'disabled',
      disabledReason: 'Its receiver answered 410: it wants nothing more.',
    })
  })
})
