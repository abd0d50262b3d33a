import { describe, expect, test } from 'bun:test'
import { egressPolicy } from '../../src/egress/policy.ts'
import { AppError } from '../../src/errors.ts'
import { engines } from '../support/database.ts'
import { sharedDatabase } from '../support/migrated-database.ts'
import { openDesk } from './desk.ts'
import { startReceiver } from './receiver.ts'

const guarded = (allow: string[], names: Record<string, string[]> = {}) =>
  egressPolicy(allow, async host => names[host] ?? [])

describe.each(engines)('where webhooks may go on %s', engine => {
  const shared = sharedDatabase(engine)
  const desk = (egress: ReturnType<typeof guarded>) => openDesk(shared().database, { egress })

  test.each([
    'http://127.0.0.1/',
    'http://localhost/',
    'http://app.localhost/',
    'http://0.0.0.0/',
    'http://[::1]/',
    'http://[::ffff:10.0.0.1]/',
    'http://10.1.2.3/',
    'http://172.16.0.1/',
    'http://192.168.1.1/',
    'http://100.64.0.1/',
    'http://169.254.169.254/latest/meta-data/',
    'http://[fe80::1]/',
    'http://[fd00:ec2::254]/',
    'http://2130706433/',
    'http://0x7f.1/',
  ])('%s is refused when it is given', async url => {
    const { webhook } = desk(guarded([]))
    const refused = await webhook({ url }).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(AppError)
    expect(refused).toMatchObject({ code: 'invalid_request' })
    expect(String(refused)).toContain('EGRESS_ALLOW')
  })

  test('a name is looked up when a message is sent, and refused where one of its addresses is private', async () => {
    using receiver = startReceiver()
    const names = {
      'inside.example.com': ['10.0.0.8'],
      'mixed.example.com': ['93.184.215.14', '127.0.0.1'],
      'metadata.example.com': ['169.254.169.254'],
      'six.example.com': ['fd00::1'],
    }
    const { webhook, ping, attempt, read, readWebhook, facts } = desk(guarded([], names))
    for (const [host, addresses] of Object.entries(names)) {
      const { id: webhookId } = await webhook({ url: `http://${host}:${receiver.port}/` })
      const id = await ping(webhookId)
      expect(await attempt(id)).toEqual({ kind: 'completed' })
      const { state, log } = await read(id)
      expect(state).toBe('failed')
      expect(log.at(-1)?.error).toBe(
        `${host} is ${addresses.at(-1)}, which is not a public address. The operator can allow it by EGRESS_ALLOW.`,
      )
      expect((await readWebhook(webhookId)).failingSince).not.toBeNull()
    }
    expect(facts.all('webhook.delivered').every(({ outcome }) => outcome === 'blocked')).toBe(true)
    expect(receiver.received).toEqual([])
  })

  test('what the operator names may be reached: an address, a block, a host', async () => {
    using receiver = startReceiver()
    const names = { 'hooks.internal': ['127.0.0.1'] }
    for (const [allowed, host] of [
      ['127.0.0.1', '127.0.0.1'],
      ['127.0.0.0/8', 'hooks.internal'],
      ['hooks.internal', 'hooks.internal'],
      ['*.internal', 'hooks.internal'],
    ] as const) {
      const { webhook, ping, attempt, read } = desk(guarded([allowed], names))
      const id = await ping((await webhook({ url: `http://${host}:${receiver.port}/${allowed}` })).id)
      await attempt(id)
      expect({ allowed, state: (await read(id)).state }).toEqual({ allowed, state: 'delivered' })
    }
    expect(receiver.received.map(({ headers }) => headers.host)).toEqual([
      `127.0.0.1:${receiver.port}`,
      `hooks.internal:${receiver.port}`,
      `hooks.internal:${receiver.port}`,
      `hooks.internal:${receiver.port}`,
    ])
  })

  test('an address that is forbidden again is asked no more', async () => {
    using receiver = startReceiver()
    const { webhook, ping } = desk(guarded(['127.0.0.1']))
    const made = await webhook({ url: receiver.url })
    const id = await ping(made.id)
    const strict = desk(guarded([]))
    strict.actor.tenantId = made.tenantId
    expect(await strict.attempt(id)).toEqual({ kind: 'completed' })
    expect((await strict.read(id)).state).toBe('failed')
    expect(receiver.received).toEqual([])
  })
})
