import { join } from 'node:path'
import type { makeFunction } from '../../deploy/vercel/service.ts'
import type { DeployCheck } from '../../scripts/deploy/check.ts'
import { must, root } from '../../scripts/deploy/command.ts'
import { excessFields } from '../../scripts/deploy/excess-fields.ts'
import { startServices } from '../../scripts/services/services.ts'
import { holdTogether } from './kubernetes/hold-together.ts'

const key = 'bh_key_of_the_function_under_test'
const cronSecret = 'a secret that Vercel sends'

export const check: DeployCheck = {
  artifact: 'vercel.json, deploy/vercel',
  how: 'typed by @vercel/config with unknown keys refused; the bundle of its build command is called as Vercel calls it, on Postgres',
  cannot: 'a deploy: the Bun runtime of Vercel, its rewrites, its cron, and how long it lets a function live',
  async run({ step, afterwards, note, signal }) {
    const file = await Bun.file(join(root, 'vercel.json')).json()
    await step('vercel.json has known keys only', async () => {
      const { $schema: _schema, ...value } = file
      holdTogether(
        await excessFields([{ title: 'vercel.json', value, type: 'VercelConfig', from: '@vercel/config/v1' }]),
      )
    })
    await step('its build command makes the function that its file takes in', async () => {
      await must(['bash', '-euc', file.buildCommand])
      note(`${(Bun.file(join(root, 'dist/vercel/service.js')).size / 1e6).toFixed(1)} MB`)
    })
    // Safe: the bundle was made of this very module.
    const bundle = (await import(join(root, 'dist/vercel/service.js'))) as { makeFunction: typeof makeFunction }

    const services = await startServices({ postgres: true })
    afterwards(() => services.stop())
    const env = {
      DATABASE_URL: services.databaseUrl,
      BUNKHOUSE_API_KEY: key,
      CRON_SECRET: cronSecret,
      SCHEDULER_TICK_SECRET: 'a secret for the tick',
      ROLES: 'api,worker',
      LOG_LEVEL: 'silent',
    }
    const made = bundle.makeFunction({ env })
    afterwards(() => made.stop())
    const call = (path: string, init: RequestInit = {}) => made.fetch(new Request(`https://x.vercel.app${path}`, init))
    const withKey = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }

    await step('without a Postgres or a key of its own it does not start, and says why', async () => {
      for (const missing of [{ DATABASE_URL: undefined }, { BUNKHOUSE_API_KEY: undefined }]) {
        const refused = bundle.makeFunction({ env: { ...env, ...missing } })
        const error = await refused.fetch(new Request('https://x.vercel.app/health')).catch((reason: Error) => reason)
        if (!(error instanceof Error) || !error.message.includes(Object.keys(missing)[0] ?? '?'))
          throw new Error(`${error}`)
      }
    })
    await step('the first request starts it', async () => {
      const from = performance.now()
      const health = await call('/health')
      if (health.status !== 200) throw new Error(await health.text())
      note(`cold ${Math.round(performance.now() - from)} ms with an empty database`)
      // Its worker claims for the first time soon after.
      while ((await call('/ready')).status !== 200) signal.throwIfAborted()
    })
    await step('it does the main job, and streams', async () => {
      const body = JSON.stringify({ agent: 'echo', input: 'hello' })
      const run = await call('/v1/runs/wait', { method: 'POST', headers: withKey, body })
      if (!(await run.text()).includes('"output":"hello"')) throw new Error(`${run.status}`)
      const stream = await call('/v1/runs/stream', { method: 'POST', headers: withKey, body })
      if (!stream.headers.get('content-type')?.startsWith('text/event-stream')) throw new Error(`${stream.status}`)
      if (!(await stream.text()).includes('event: run.completed')) throw new Error('it breaks off')
    })
    await step('it asks for a key', async () => {
      if ((await call('/v1/runs')).status !== 401) throw new Error()
    })
    await step('the cron’s call is a tick, and nobody else’s', async () => {
      const [cron] = file.crons
      const tick = await call(cron.path, { headers: { authorization: `Bearer ${cronSecret}` } })
      if (tick.status !== 200 || !(await tick.text()).includes('scheduler_tick')) throw new Error(`${tick.status}`)
      for (const headers of [{}, withKey, { authorization: 'Bearer ' }]) {
        if ((await call(cron.path, { headers })).status !== 401) throw new Error(JSON.stringify(headers))
      }
    })
  },
}
