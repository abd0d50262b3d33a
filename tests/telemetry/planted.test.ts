import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../scripts/services/free-port.ts'
import { jobFiles, makeOne, operationsToWalk, readDocument } from '../access/belongings.ts'
import { type Call, callOf, must, type PageView, type RunView } from '../api/stage.ts'
import { until } from '../lifecycle/world.ts'
import { type Cli, openCli } from '../support/cli.ts'
import { createDatabase, engines } from '../support/database.ts'
import { startFakeProvider } from '../support/provider/server.ts'

// Every one holds this word, so that a part is found too. None but the keys looks like a secret by itself.
const mark = 'planted'
/** What the operator sets: nobody is ever shown it. */
const configured = {
  admin: 'planted-admin-key-0123456789',
  provider: 'planted-provider-key-0123456789',
  databasePassword: 'plantedDatabasePassword',
  redisPassword: 'plantedRedisPassword',
  sealing: 'planted sealing passphrase',
  tick: 'planted-tick-secret-0123456789',
}
/** What clients send as their own data: they get it back, and nobody else hears of it. */
const token = 'tokplantedbyaclient'

interface Line {
  where: string
  text: string
}

const marked = (lines: Line[], word = mark): string[] =>
  lines.flatMap(({ where, text }) =>
    text
      .split('\n')
      .filter(line => line.includes(word))
      .map(line => `${where}: ${line.slice(0, 300)}`),
  )

describe.each(engines)('with secrets planted everywhere on %s', engine => {
  setDefaultTimeout(180_000)

  test('none is in any output, log file, audit entry or metric, and none of the operator’s in an answer', async () => {
    await using provider = await disposable(startFakeProvider())
    await using database = await createDatabase(engine)
    await using cli = await openCli(
      Object.fromEntries(Object.entries(jobFiles).map(([name, text]) => [`jobs/${name}`, text])),
    )
    const url = new URL(database.url)
    if (engine === 'postgres') url.password = configured.databasePassword
    const logFile = join(cli.folder, 'logs/service.log')
    const service = await startWithLogFile(cli, {
      LOG_FILE: logFile,
      DATABASE_URL: engine === 'postgres' ? url.href : database.url,
      REDIS_URL: `redis://:${configured.redisPassword}@127.0.0.1:1`,
      BUNKHOUSE_API_KEY: configured.admin,
      BUNKHOUSE_SECRET_KEY: configured.sealing,
      SCHEDULER_TICK_SECRET: configured.tick,
      LAB_BASE_URL: provider.fake.baseUrl,
      LAB_API_KEY: configured.provider,
      LOG_LEVEL: 'trace',
      RATE_LIMIT: '100000',
    })
    const call = callOf(service)
    const answers: Line[] = []
    const own: Line[] = []
    const ask: Call = async <T>(method: string, path: string, body?: unknown, headers?: Record<string, string>) => {
      const answer = await call<T>(method, path, body, headers)
      const text = `${JSON.stringify(answer.body) ?? ''}\n${JSON.stringify([...answer.headers])}`
      answers.push({ where: `${method} ${path}`, text })
      return answer
    }

    // Every operation, once as its document has it and once refused.
    const document = await readDocument(service)
    for (const { method, template, body, name } of operationsToWalk(document)) {
      if (/metrics|stream|tick|download|csv/.test(name)) continue
      const path = template.startsWith('/v1/queues/')
        ? template.replace(/\{\w+\}/, 'lane')
        : template.includes('{') && !/\/(backups|approvals)\//.test(template)
          ? (await makeOne({ call }, { template, document })).path
          : template.replace(/\{\w+\}/, 'none')
      await ask(method, path.replace(/\/wait$/, '/wait?timeout_seconds=0'), body)
      await ask(method, path, body, { authorization: `Bearer bh_${mark}0wrong0key0012345` })
      await ask(method, `${path}?api_key=${mark}-in-a-query`, body, { authorization: '', 'x-api-key': `${mark}-wrong` })
    }
    await must(200, ask('PATCH', '/v1/system/settings', { log_level: 'trace' }))

    // Keys are shown once, by whoever makes them.
    const { body: key } = await must(201, call<{ key: string }>('POST', '/v1/keys', { name: 'x', scopes: ['admin'] }))
    const { body: tenant } = await must(
      201,
      call<{ admin_key: { key: string } }>('POST', '/v1/tenants', { id: 'shown-once' }),
    )
    const shown = [key.key, tenant.admin_key.key]
    for (const secret of shown) await ask('GET', '/v1/keys', undefined, { authorization: `Bearer ${secret}` })

    // What clients send, in every place that takes something.
    const metadata = { authorization: `Bearer ${token}`, [token]: token }
    const thread = await must(201, call<{ id: string }>('POST', '/v1/threads', { metadata }))
    await must(201, call('POST', `/v1/threads/${thread.body.id}/messages`, { role: 'user', content: token }))
    await must(201, call('POST', '/v1/agents', { name: 'teller', model: 'lab/teller', instructions: `say ${token}` }))
    await must(200, call('PATCH', '/v1/agents/teller', { instructions: `never say ${token}` }))
    await must(201, call('POST', '/v1/schedules', { agent: 'echo', input: token, cron: '0 9 * * *', metadata }))
    await must(201, call('POST', '/v1/jobs', { kind: 'waits', payload: { password: token } }))
    const headers = { 'idempotency-key': token, cookie: `session=${token}` }
    const failing = { status: 401, message: `Incorrect API key provided: ${configured.provider}` }
    provider.fake.script('teller', [{ error: failing }, { text: `Bearer ${configured.provider}` }, { text: 'done' }])
    for (const max_attempts of [1, 1, 2]) {
      const body = { agent: 'teller', input: token, metadata, max_attempts }
      const { body: run } = await must(200, ask<RunView>('POST', '/v1/runs/wait', body))
      await must(200, ask('GET', `/v1/runs/${run.id}/events?limit=500`))
    }
    own.push(...answers.splice(-6))
    await must(202, call('POST', '/v1/runs', { agent: 'echo', input: token, metadata }, headers))
    expect((await call('POST', '/v1/runs', { agent: 'echo', input: token, [token]: 1 })).status).toBe(422)
    expect((await call('POST', '/v1/runs', `{"agent":"${token}`)).status).toBe(400)
    expect((await call('POST', '/chat', { message: token, agent: 'echo', thread_id: thread.body.id })).status).toBe(200)

    const audit: Line[] = []
    for (let path = '/v1/audit?limit=500'; path !== ''; ) {
      const { body } = await must(200, call<PageView<object>>('GET', path))
      audit.push({ where: 'audit', text: JSON.stringify(body, null, 1) })
      path = body.next_cursor === null ? '' : `/v1/audit?limit=500&cursor=${body.next_cursor}`
    }
    const metrics = [{ where: 'metrics', text: await (await service.request('GET', '/metrics')).text() }]
    expect(metrics[0]?.text).toContain('bunkhouse_')
    const { code, output: written } = await service.stop()
    expect(code).toBe(0)
    const logs = readdirSync(join(cli.folder, 'logs')).map(file => ({
      where: file,
      text: readFileSync(join(cli.folder, 'logs', file), 'utf8'),
    }))
    expect(logs.reduce((sum, { text }) => sum + text.split('\n').length, 0)).toBeGreaterThan(200)
    const output = [{ where: 'output', text: written }]

    expect(marked([...logs, ...output, ...audit, ...metrics, ...answers])).toEqual([])
    expect(marked([...logs, ...output, ...audit, ...metrics], token)).toEqual([])
    for (const secret of shown)
      expect(marked([...logs, ...output, ...audit, ...metrics, ...answers], secret)).toEqual([])
    // Answers and events of a run hold what its client and its model have said; the operator's secrets the provider alone
    // could have put there, and what it repeats of its own key in an error is not passed on.
    expect(marked(own, configured.admin)).toEqual([])
    expect(own.filter(({ text }) => text.includes('Incorrect API key') && text.includes(configured.provider))).toEqual(
      [],
    )
    expect(own.some(({ text }) => text.includes(token))).toBe(true)
  })
})

async function disposable(starting: ReturnType<typeof startFakeProvider>) {
  const fake = await starting
  return { fake, [Symbol.asyncDispose]: () => fake.stop() }
}

/** The service with its log in a file, so that nothing of it is on the standard output. */
async function startWithLogFile(cli: Cli, env: Record<string, string>) {
  const port = String(freePort())
  const url = `http://127.0.0.1:${port}`
  const started = cli.start(['serve'], { env: { ...env, PORT: port, ADDRESS_RATE_LIMIT: '0' } })
  const isUp = () =>
    fetch(`${url}/health`).then(
      answer => answer.ok,
      () => false,
    )
  await until('it is up', async () => {
    if (started.process.exitCode !== null) throw new Error((await started.result).stderr)
    return isUp()
  })
  return {
    url,
    request: (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
      fetch(url + path, {
        method,
        headers: {
          authorization: `Bearer ${env.BUNKHOUSE_API_KEY}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
    async stop() {
      started.process.kill('SIGTERM')
      const { code, stdout, stderr } = await started.result
      return { code, output: stdout + stderr }
    },
  }
}
