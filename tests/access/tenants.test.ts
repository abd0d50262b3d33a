import { describe, expect, test } from 'bun:test'
import { must, type PageView, type ProblemView, type RunView, useStage } from '../api/stage.ts'
import { until } from '../lifecycle/world.ts'
import { openCli } from '../support/cli.ts'
import { engines } from '../support/database.ts'
import { callerOf, makeTenant } from './belongings.ts'

interface ScheduleStatus {
  id: string
  status: string
}

const tenantPath = '/v1/tenants'

describe.each(engines)('a tenant on %s', engine => {
  const stage = useStage(engine)
  const archive = (id: string, archived: boolean) =>
    must(200, stage().call<{ archived_at: string | null }>('PATCH', `${tenantPath}/${id}`, { archived }))

  test('is made with an admin key of its own, once', async () => {
    const tenant = await makeTenant(stage().service, 'new')
    expect((await tenant.call('GET', '/v1/runs')).status).toBe(200)
    const again = await stage().call('POST', tenantPath, { id: 'new' })
    expect({ status: again.status, code: again.body.code }).toEqual({ status: 409, code: 'conflict' })
    expect((await stage().call('POST', tenantPath, { id: 'default' })).status).toBe(409)
    for (const id of ['', 'Upper', '-x', 'a b', '../x', 'a'.repeat(64)]) {
      expect({ id, status: (await stage().call('POST', tenantPath, { id })).status }).toEqual({ id, status: 422 })
    }
  })

  test('that is archived has its keys refused, its schedules paused, its runs finished and its rows kept', async () => {
    const { service, agent, provider } = stage()
    const tenant = await makeTenant(service, 'leaving')
    const name = await agent()
    provider.script(name, [{ text: 'late', hold: true }])
    await must(201, tenant.call('POST', '/v1/agents', { name, model: `fake/${name}` }))
    const run = (await must(202, tenant.call<RunView>('POST', '/v1/runs', { agent: name, input: 'x' }))).body
    const body = { agent: name, input: 'x', cron: '* * * * *' }
    const schedule = (await must(201, tenant.call<ScheduleStatus>('POST', '/v1/schedules', body))).body
    const held = await provider.request(name, 1)

    expect((await archive('leaving', true)).body.archived_at).not.toBe(null)
    // Here at once; on other processes within seconds.
    for (const [method, path] of [
      ['GET', '/v1/runs'],
      ['POST', '/v1/runs'],
      ['GET', `/v1/runs/${run.id}`],
    ] as const) {
      const { status, body: problem } = await tenant.call<ProblemView>(method, path)
      expect({ path, status, code: problem.code }).toEqual({ path, status: 401, code: 'unauthorized' })
    }
    held.release()

    expect((await archive('leaving', false)).body.archived_at).toBe(null)
    const back = await must(200, tenant.call<RunView>('GET', `/v1/runs/${run.id}/wait`))
    expect(back.body).toMatchObject({ status: 'completed', output: 'late' })
    const paused = await must(200, tenant.call<ScheduleStatus>('GET', `/v1/schedules/${schedule.id}`))
    expect(paused.body.status).toBe('paused')
    await must(200, tenant.call('POST', `/v1/schedules/${schedule.id}/resume`))
  })

  test('cannot be deleted: what was done in its name stays on record', async () => {
    await makeTenant(stage().service, 'staying')
    const { status, body } = await stage().call('DELETE', `${tenantPath}/staying`)
    expect({ status, code: body.code }).toEqual({ status: 405, code: 'method_not_allowed' })
  })

  test('that is archived gets no new keys, also from the command line', async () => {
    await makeTenant(stage().service, 'closed')
    await using cli = await openCli()
    const env = { DATABASE_URL: stage().database.url }
    expect((await cli.run(['tenants', 'archive', 'closed'], { env })).code).toBe(0)
    const made = await cli.run(['keys', 'create', 'late', '--tenant', 'closed'], { env })
    expect({ code: made.code, stdout: made.stdout }).toEqual({ code: 1, stdout: '' })
    expect(made.stderr).toContain('No live tenant has the id closed.')
    expect((await cli.run(['tenants', 'list'], { env })).stdout).toContain('closed  archived')
    expect((await cli.run(['tenants', 'restore', 'closed'], { env })).code).toBe(0)
    expect((await cli.run(['keys', 'create', 'late', '--tenant', 'closed'], { env })).code).toBe(0)
    expect((await cli.run(['keys', 'create', 'late', '--tenant', 'nobody'], { env })).code).toBe(1)
  })
})

describe.each(engines)('keys over the API on %s', engine => {
  const stage = useStage(engine)
  interface KeyView {
    id: string
    key: string
    state: string
    agents: string[] | null
    rate_limit: number | null
    expires_at: string | null
    last_used_at: string | null
  }
  const make = async (body: object, caller = stage()) =>
    (await must(201, caller.call<KeyView>('POST', '/v1/keys', { name: 'made', ...body }))).body
  const read = async (id: string) => (await must(200, stage().call<KeyView>('GET', `/v1/keys/${id}`))).body

  test('show the key once, and nobody the digest', async () => {
    const { id, key } = await make({ scopes: ['runs:read'] })
    const texts = [
      await read(id),
      (await stage().call('GET', '/v1/keys')).body,
      (await stage().call('GET', '/v1/audit')).body,
    ].map(body => JSON.stringify(body))
    const digest = new Bun.CryptoHasher('sha256').update(key).digest('hex')
    for (const text of texts) {
      expect(text).toContain(id)
      expect(text).not.toContain(key)
      expect(text).not.toContain(digest)
    }
  })

  test('say when they were last used, to the minute', async () => {
    const { id, key } = await make({ scopes: ['runs:read'] })
    expect((await read(id)).last_used_at).toBe(null)
    await callerOf(stage().service, key).call('GET', '/v1/runs')
    // Written once a minute, and when the process stops.
    await stage().service.stop()
    const { lastUsedOf } = await openKeys(stage().database.url)
    const at = await lastUsedOf(id)
    expect(at).not.toBe(null)
    expect((at ?? 1) % 60_000).toBe(0)
    expect(Math.abs(Date.now() - (at ?? 0))).toBeLessThan(180_000)
  })
})

async function openKeys(url: string) {
  const { openUrl } = await import('../support/migrated-database.ts')
  return {
    async lastUsedOf(id: string) {
      const { database, close } = await openUrl(url)
      try {
        const rows = await database.orm.select().from(database.tables.apiKeys)
        return rows.find(row => row.id === id)?.lastUsedAt ?? null
      } finally {
        await close()
      }
    },
  }
}

describe('what a key may give', () => {
  const stage = useStage('sqlite')
  const soon = new Date(Date.now() + 3_600_000).toISOString()
  const later = new Date(Date.now() + 7_200_000).toISOString()
  interface KeyView {
    id: string
    key: string
  }
  const make = async (body: object, call = stage().call) =>
    (await must(201, call<KeyView>('POST', '/v1/keys', { name: 'made', ...body }))).body
  const limited = async () => {
    const { key } = await make({
      scopes: ['keys:read', 'keys:write', 'runs:read'],
      expires_at: soon,
      rate_limit: 5_000,
    })
    return callerOf(stage().service, key)
  }

  test.each([
    [{ scopes: ['runs:write'], expires_at: soon, rate_limit: 10 }, 'these scopes'],
    [{ scopes: ['admin'], expires_at: soon, rate_limit: 10 }, 'these scopes'],
    [{ scopes: ['runs:read'], expires_at: later, rate_limit: 10 }, 'a later end'],
    [{ scopes: ['runs:read'], rate_limit: 10 }, 'a later end'],
    [{ scopes: ['runs:read'], expires_at: soon, rate_limit: 5_001 }, 'a higher rate limit'],
    [{ scopes: ['runs:read'], expires_at: soon }, 'a higher rate limit'],
  ])('is no more than it has: not %j', async (body, what) => {
    const { call } = await limited()
    const { status, body: problem } = await call('POST', '/v1/keys', { name: 'more', ...body })
    expect({ status, told: problem.detail.includes(what) }).toEqual({ status: 403, told: true })
  })

  test('is what it has, and not taken from keys that have more', async () => {
    const { call } = await limited()
    const own = await make({ scopes: ['runs:read'], expires_at: soon, rate_limit: 5_000 }, call)
    expect((await call('PATCH', `/v1/keys/${own.id}`, { rate_limit: 6_000 })).status).toBe(403)
    expect((await call('PATCH', `/v1/keys/${own.id}`, { expires_at: null })).status).toBe(403)
    expect((await call('PATCH', `/v1/keys/${own.id}`, { rate_limit: 4 })).status).toBe(200)
    const admin = await make({ scopes: ['admin'] })
    expect((await call('PATCH', `/v1/keys/${admin.id}`, { name: 'x' })).status).toBe(403)
    expect((await call('DELETE', `/v1/keys/${admin.id}`)).status).toBe(403)
    expect((await call('DELETE', `/v1/keys/${own.id}`)).status).toBe(204)
    expect((await call('DELETE', `/v1/keys/${own.id}`)).status).toBe(404)
  })

  test('ends with it: a key that was just revoked makes no other', async () => {
    const { id, key } = await make({ scopes: ['keys:write'] })
    const { call } = callerOf(stage().service, key)
    await make({ scopes: ['keys:write'] }, call)
    await must(204, stage().call('DELETE', `/v1/keys/${id}`))
    expect((await call('POST', '/v1/keys', { name: 'late', scopes: ['keys:write'] })).status).toBe(401)
  })

  test.each([
    { expires_at: '2001-01-01T00:00:00Z' },
    { expires_at: 'tomorrow' },
    { scopes: [] },
    { scopes: ['runs:read', 'runs:read'] },
    { scopes: ['everything'] },
    { agents: [] },
    { agents: ['No'] },
    { rate_limit: 0 },
    { rate_limit: 1.5 },
    { name: '' },
    { name: 'a\u0000' },
    { tenant_id: 'other' },
  ])('422 for %j', async wrong => {
    const { status } = await stage().call('POST', '/v1/keys', { name: 'wrong', scopes: ['runs:read'], ...wrong })
    expect(status).toBe(422)
  })

  test('a changed end is heeded at once', async () => {
    const { id, key } = await make({ scopes: ['runs:read'] })
    const { call } = callerOf(stage().service, key)
    expect((await call('GET', '/v1/runs')).status).toBe(200)
    const end = new Date(Date.now() + 400).toISOString()
    await must(200, stage().call('PATCH', `/v1/keys/${id}`, { expires_at: end }))
    await until('the key has ended', async () => (await call('GET', '/v1/runs')).status === 401)
    const { body } = await must(200, stage().call<PageView<{ id: string; state: string }>>('GET', '/v1/keys?limit=500'))
    expect(body.data.find(one => one.id === id)?.state).toBe('expired')
  })
})
