import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { must } from '../api/stage.ts'
import { engines } from '../support/database.ts'
import { startReceiver } from '../webhooks/receiver.ts'
import { type Clerk, startClerk } from './clerk.ts'

setDefaultTimeout(120_000)

const env = {
  PUBLIC_URL: 'https://agents.example.com/',
  BUNKHOUSE_SECRET_KEY: 'a passphrase of some length',
  EGRESS_ALLOW: '127.0.0.1',
}

describe.each(engines)('links to approvals on %s', engine => {
  let started: Clerk | undefined
  beforeAll(async () => {
    started = await startClerk(engine, env)
  })
  afterAll(() => started?.[Symbol.asyncDispose]())
  const clerk = (): Clerk => {
    if (!started) throw new Error('The clerk is there within tests only.')
    return started
  }
  const asked = async (name: string, input: object) => {
    const run = await clerk().run([{ name, input }])
    await clerk().until(run.id, 'waiting')
    const [approval] = await clerk().pending(run.id)
    if (!approval) throw new Error('Nothing is asked.')
    return { run, approval }
  }
  const linkOf = async (id: string, body?: object) => {
    const made = await must(
      201,
      clerk().stage.call<{ url: string; expires_at: string }>('POST', `/v1/approvals/${id}/links`, body),
    )
    return made.body
  }
  const local = (url: string) => url.replace('https://agents.example.com', clerk().stage.service.url)
  const open = async (url: string) => {
    const response = await fetch(local(url))
    return { status: response.status, headers: response.headers, html: await response.text() }
  }
  const send = async (url: string, fields: Record<string, string>) => {
    const token = new URL(url).searchParams.get('token') ?? ''
    const response = await fetch(`${clerk().stage.service.url}/approve`, {
      method: 'POST',
      body: new URLSearchParams({ token, ...fields }),
    })
    return { status: response.status, html: await response.text() }
  }

  test('show what is asked, decide when the form is sent, once', async () => {
    const { run, approval } = await asked('refund', { amount: 50 })
    const { url, expires_at } = await linkOf(approval.id)
    expect(url).toStartWith('https://agents.example.com/approve?token=')
    expect(Date.parse(expires_at)).toBeLessThanOrEqual(Date.parse(approval.expires_at ?? ''))
    const page = await open(url)
    expect(page.status).toBe(200)
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(page.html).toContain('Refund 50?')
    expect((await clerk().until(run.id, 'waiting')).status).toBe('waiting')
    const decided = await send(url, { action: 'approve' })
    expect([decided.status, decided.html.includes('It was approved.')]).toEqual([200, true])
    expect(await clerk().stage.finished(run.id)).toMatchObject({ status: 'completed' })
    expect(clerk().ledger()).toContain('refund 50')
    const read = await must(200, clerk().stage.call<object>('GET', `/v1/approvals/${approval.id}`))
    expect(read.body).toMatchObject({ resolved_by: 'link', state: 'resolved' })
    expect((await open(url)).html).toContain('Already decided')
    expect((await send(url, { action: 'deny' })).html).toContain('Already decided')
    const trail = await must(200, clerk().stage.call<{ data: object[] }>('GET', `/v1/audit?target=${approval.id}`))
    expect(trail.body.data).toMatchObject([
      { actor: 'link', action: 'approval.resolved' },
      { actor: 'key_configured', action: 'approval.link_made' },
    ])
  })

  test('fill in forms, and say what is missing', async () => {
    const { run, approval } = await asked('sign', { text: '<script>alert(1)</script>' })
    const { url } = await linkOf(approval.id)
    const page = await open(url)
    expect(page.html).not.toContain('<script>')
    expect(page.html).toContain('name="field.note"')
    const missing = await send(url, { action: 'approve' })
    expect([missing.status, missing.html.includes('role="alert"')]).toEqual([422, true])
    await send(url, { action: 'approve', 'field.note': 'signed & sealed' })
    expect(await clerk().stage.finished(run.id)).toMatchObject({ status: 'completed' })
    expect(clerk().ledger().at(-1)).toContain('signed & sealed')
  })

  test('refuse with a reason', async () => {
    const { run, approval } = await asked('refund', { amount: 60 })
    const { url } = await linkOf(approval.id)
    await send(url, { action: 'deny', reason: 'too much' })
    await clerk().stage.finished(run.id)
    expect(JSON.stringify(await clerk().stage.events(run.id))).toContain('too much')
    expect(clerk().ledger()).not.toContain('refund 60')
  })

  test('are good for nothing when they were changed, cut, or made up', async () => {
    const { approval } = await asked('refund', { amount: 70 })
    const { url } = await linkOf(approval.id)
    const token = new URL(url).searchParams.get('token') ?? ''
    const plain = Buffer.from(`plain:${JSON.stringify(['default', approval.id, Date.now() + 1e6])}`).toString(
      'base64url',
    )
    const turned = `${token.slice(0, -6)}${token.slice(-6) === 'AAAAAA' ? 'BBBBBB' : 'AAAAAA'}`
    for (const wrong of ['', 'x', token.slice(0, -4), turned, plain]) {
      const page = await fetch(`${clerk().stage.service.url}/approve?token=${wrong}`)
      expect([wrong, page.status]).toEqual([wrong, 404])
      const sent = await fetch(`${clerk().stage.service.url}/approve`, {
        method: 'POST',
        body: new URLSearchParams({ token: wrong, action: 'approve' }),
      })
      expect([wrong, sent.status]).toEqual([wrong, 404])
    }
    expect(await clerk().pending(approval.run_id)).toHaveLength(1)
  })

  test('come with the webhook that asks, and are told by no log', async () => {
    using receiver = startReceiver()
    const hook = { name: 'asks', url: receiver.url, events: ['approval.requested'] }
    await must(201, clerk().stage.call('POST', '/v1/webhooks', hook))
    const { run } = await asked('refund', { amount: 80 })
    const [told] = await receiver.count(1)
    const link = String(told?.body.data.link)
    expect(link).toStartWith('https://agents.example.com/approve?token=')
    await send(link, { action: 'approve' })
    expect(await clerk().stage.finished(run.id)).toMatchObject({ status: 'completed' })
    expect(clerk().stage.service.output()).not.toContain(new URL(link).searchParams.get('token') ?? '')
  })
})

test.each(engines)('without an address or a key there are no links, on %s', async engine => {
  await using clerk = await startClerk(engine)
  const run = await clerk.run([{ name: 'refund', input: { amount: 50 } }])
  await clerk.until(run.id, 'waiting')
  const [approval] = await clerk.pending(run.id)
  const answer = await clerk.stage.call('POST', `/v1/approvals/${approval?.id}/links`)
  expect([answer.status, answer.body.code]).toEqual([503, 'unavailable'])
  expect((await fetch(`${clerk.stage.service.url}/approve?token=x`)).status).toBe(404)
})
