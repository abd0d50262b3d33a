import { describe, expect, test } from 'bun:test'
import { callOf, must, type RunView, runBody } from '../api/stage.ts'
import { createDatabase, engines } from '../support/database.ts'
import { openUrl } from '../support/migrated-database.ts'
import { startService } from '../support/service.ts'
import { isSignedWith, startReceiver } from './receiver.ts'
import { makeWebhook, nearby, type SecretWebhookView } from './views.ts'

// Parts of base64 that are in no other text.
const planted = (word: string) => `whsec_${Buffer.from(`planted ${word}`.padEnd(33, '!')).toString('base64')}`
const secrets = {
  given: planted('given'),
  rotated: planted('rotated'),
  ofRun: planted('of a run'),
  sealing: 'planted passphrase of the operator',
}
const hidden = [
  ...Object.values(secrets),
  ...Object.values(secrets).map(text => text.replace('whsec_', '')),
  ...Object.values(secrets).map(text => Buffer.from(text.replace('whsec_', ''), 'base64').toString()),
  'planted',
]

describe.each(engines)('secrets of webhooks on %s', engine => {
  test('are in no log, no error, no row and no answer but the one that shows them', async () => {
    await using database = await createDatabase(engine)
    using receiver = startReceiver()
    const env = {
      DATABASE_URL: database.url,
      ENVIRONMENT: 'production',
      BUNKHOUSE_SECRET_KEY: secrets.sealing,
      LOG_LEVEL: 'trace',
      ...nearby,
    }
    const answers: string[] = []
    {
      await using service = await startService({ env })
      const call = callOf({
        request: async (...request) => {
          const response = await service.request(...request)
          const text = await response.text()
          answers.push(text)
          return new Response(text === '' ? null : text, response)
        },
      })
      // A receiver that repeats what it was sent, and fails.
      receiver.answer(
        ({ headers }) => new Response(`${headers['webhook-signature']} ${secrets.given}`, { status: 500 }),
      )
      const hook = await makeWebhook(call, { url: receiver.url, secret: secrets.given, events: ['run.completed'] })
      const webhook = { url: receiver.url, secret: secrets.ofRun }
      const { body: run } = await must(200, call<RunView>('POST', '/v1/runs/wait', runBody({ webhook })))
      await receiver.count(2)
      const rotated = { secret: secrets.rotated }
      const rotation = await call<SecretWebhookView>('POST', `/v1/webhooks/${hook.id}/rotate-secret`, rotated)
      expect([hook.secret, rotation.body.secret]).toEqual([secrets.given, secrets.rotated])
      // Shown where they are made, and nowhere else.
      expect(answers.filter(text => hidden.some(secret => text.includes(secret))).length).toBe(2)
      answers.length = 0
      receiver.answer(() => new Response())
      await must(202, call('POST', `/v1/webhooks/${hook.id}/test`))
      const ping = await receiver.first(({ body }) => body.type === 'ping')
      expect(isSignedWith(secrets.rotated, ping) && isSignedWith(secrets.given, ping)).toBe(true)
      const own = await receiver.first(message => isSignedWith(secrets.ofRun, message))
      expect(own.body.data.id).toBe(run.id)
      for (const path of [
        '/v1/webhooks',
        `/v1/webhooks/${hook.id}`,
        `/v1/runs/${run.id}`,
        `/v1/runs/${run.id}/events`,
        '/v1/webhooks/deliveries',
        '/v1/jobs',
        '/v1/audit',
      ]) {
        await must(200, call('GET', path))
      }
      for (const item of JSON.parse(answers.at(-3) ?? '').data) {
        await must(200, call('GET', `/v1/webhooks/deliveries/${item.id}`))
      }
      const wrong = { url: receiver.url, secret: `${secrets.given}${'x'.repeat(100)}` }
      await must(422, call('POST', '/v1/webhooks', wrong))
      await must(422, call('POST', '/v1/runs', runBody({ webhook: wrong })))
      await must(422, call('POST', `/v1/webhooks/${hook.id}/rotate-secret`, { secret: [secrets.given] }))
      await service.stop()
      expect(service.output().split('\n').filter(holds)).toEqual([])
    }
    expect(answers.filter(holds)).toEqual([])
    const opened = await openUrl(database.url)
    const rows: string[] = []
    for (const table of ['webhooks', 'webhook_deliveries', 'runs', 'run_events', 'jobs', 'audit_log']) {
      for (const row of await opened.database.query(`select * from ${table}`, [])) rows.push(JSON.stringify(row))
    }
    await opened.close()
    expect(rows.length).toBeGreaterThan(10)
    expect(rows.filter(holds)).toEqual([])
    expect(rows.filter(row => row.includes('"v1.')).length).toBeGreaterThanOrEqual(1)
  }, 60_000)
})

const holds = (text: string): boolean => hidden.some(secret => text.includes(secret))
