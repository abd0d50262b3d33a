import { join } from 'node:path'
import { must, type PageView, type Stage, startStage } from '../api/stage.ts'
import { temporaryFiles } from '../support/temporary-files.ts'
import { startReceiver } from '../webhooks/receiver.ts'
import { makeWebhook, nearby } from '../webhooks/views.ts'

/** A service that has been in use: something of everything that the console shows. */
export interface Furnished extends AsyncDisposable {
  stage: Stage
  /** Where one thing is shown, by the route of its page. */
  paths: Record<string, string>
  /** The run that waits for a person. */
  waiting: string
}

const jobs = {
  'jobs/import-prices.ts': `import { defineJob, NonRetryable } from 'bunkhouse'
export default defineJob({ name: 'import-prices', queue: 'imports', input: { type: 'object' }, run: () => { throw new NonRetryable('The price list has no column "amount".') } })
`,
}
const refund = {
  name: 'refund',
  description: 'Pays money back.',
  input_schema: { type: 'object', properties: { order: { type: 'string' }, amount: { type: 'number' } } },
  http: { url: 'https://example.com/refund' },
  approval: {},
}

export async function startFurnished(): Promise<Furnished> {
  const files = temporaryFiles(jobs)
  const receiver = startReceiver()
  const stage = await startStage('sqlite', {
    ...nearby,
    JOBS_DIR: join(files.path, 'jobs'),
    BACKUP_TO: join(files.path, 'backups'),
    BUNKHOUSE_SECRET_KEY: 'a secret key of thirty-two bytes',
  })
  const make = async (path: string, body: object) =>
    (await must(201, stage.call<{ id: string }>('POST', path, body))).body.id
  const webhook = await makeWebhook(stage.call, { url: receiver.url, name: 'shop', events: ['*'] })
  const clerk = await stage.agent(
    [
      { text: 'I will look that up.', toolCalls: [{ name: 'now', input: {} }] },
      { text: 'The order came late.', toolCalls: [{ name: 'refund', input: { order: 'A-1042', amount: 18.5 } }] },
      { text: 'No money was paid back: nobody has agreed.' },
    ],
    { description: 'Answers customers.', instructions: 'Be kind, and check before you pay.', tools: ['now', refund] },
  )
  await must(
    200,
    stage.call('PATCH', `/v1/agents/${clerk}`, { instructions: 'Be kind, be short, and check before you pay.' }),
  )
  const broken = await stage.agent([{ error: { status: 400, message: 'no such model' } }])
  for (let made = 0; made < 30; made++) await stage.finished((await stage.run({ input: `Question ${made}` })).id)
  await stage.finished((await stage.run({ agent: broken })).id)
  const thread_id = await stage.thread()
  await stage.finished((await stage.run({ thread_id, input: 'When do you open?' })).id)
  const failing = { kind: 'import-prices', payload: { file: 'prices.csv' } }
  const job = (await must(201, stage.call<{ job: { id: string } }>('POST', '/v1/jobs', failing))).body.job.id
  const schedule = await make('/v1/schedules', {
    agent: 'echo',
    input: 'Good morning',
    cron: '0 9 * * *',
    timezone: 'Europe/Zurich',
    name: 'morning',
  })
  await make('/v1/budgets', { scope: 'agent', subject: clerk, period: 'month', limits: { max_tokens: 100_000 } })
  const key = await make('/v1/keys', { name: 'shop', scopes: ['runs:read', 'runs:write'], agents: [clerk] })
  const tenant = await make('/v1/tenants', { id: 'north', name: 'The shop in the north' })
  await must(200, stage.call('PUT', '/v1/secrets/SHOP_TOKEN', { value: 'very secret' }))
  const run = await stage.run({
    agent: clerk,
    input: 'My parcel A-1042 came two weeks late.',
    metadata: { order: 1042 },
  })
  await receiver.count(10)
  const deliveries = await must(
    200,
    stage.call<PageView<{ id: string }>>('GET', '/v1/webhooks/deliveries?limit=1&state=delivered'),
  )
  return {
    stage,
    waiting: run.id,
    paths: {
      '/runs/:id': `/runs/${run.id}`,
      '/threads/:id': `/threads/${thread_id}`,
      '/agents/:name': `/agents/${clerk}`,
      '/schedules/:id': `/schedules/${schedule}`,
      '/jobs/:id': `/jobs/${job}`,
      '/webhooks/:id': `/webhooks/${webhook.id}`,
      '/webhooks/deliveries/:id': `/webhooks/deliveries/${deliveries.body.data[0]?.id}`,
      '/keys/:id': `/keys/${key}`,
      '/keys/tenants/:id': `/keys/tenants/${tenant}`,
    },
    async [Symbol.asyncDispose]() {
      await stage[Symbol.asyncDispose]()
      receiver[Symbol.dispose]()
      files[Symbol.dispose]()
    },
  }
}
