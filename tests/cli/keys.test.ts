import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { type Cli, openCli } from '../support/cli.ts'
import { createDatabase, engines, type TestDatabase } from '../support/database.ts'
import { type Service, startService } from '../support/service.ts'

describe.each(engines)('keys beside a service, on %s', engine => {
  let cli: Cli
  let database: TestDatabase
  let service: Service
  let env: Record<string, string>

  beforeEach(async () => {
    database = await createDatabase(engine)
    env = { DATABASE_URL: database.url }
    cli = await openCli()
    service = await startService({ env })
  })
  afterEach(async () => {
    await service[Symbol.asyncDispose]()
    await cli[Symbol.asyncDispose]()
    await database[Symbol.asyncDispose]()
  })

  const create = async (...flags: string[]) => {
    const { code, stdout, stderr } = await cli.run(['keys', 'create', 'my laptop', ...flags], { env })
    expect(code).toBe(0)
    return { secret: stdout.trim(), id: /key_[0-9a-f]{32}/.exec(stderr)?.[0] ?? '', stdout, stderr }
  }
  const statusWith = async (key: string, path = '/v1/runs') =>
    (await fetch(service.url + path, { headers: { authorization: `Bearer ${key}` } })).status

  test('create prints the key alone, and the service takes it', async () => {
    const { secret, stdout, stderr } = await create()
    expect(stdout).toMatch(/^bh_[A-Za-z0-9]{43}\n$/)
    expect(stderr).toMatch(/^key_[0-9a-f]{32} "my laptop" admin\n$/)
    expect(await statusWith(secret)).toBe(200)
  })

  test('create --scope makes a key that may do only that', async () => {
    const { secret } = await create('--scope', 'metrics:read')
    expect(await statusWith(secret, '/metrics')).toBe(200)
    expect(await statusWith(secret)).toBe(403)
  })

  test('list shows what there is, and no key', async () => {
    const { secret, id } = await create('--scope', 'runs:read', '--scope', 'runs:write', '--expires-days', '2')
    const { stdout } = await cli.run(['keys', 'list'], { env })
    expect(stdout).toContain(`${id}  ${secret.slice(0, 9)}…  live     runs:read,runs:write  my laptop\n`)
    const json = await cli.run(['keys', 'list', '--json'], { env })
    expect(JSON.parse(json.stdout)).toMatchObject([{ id, name: 'my laptop', state: 'live', revoked_at: null }])
    expect(stdout + json.stdout).not.toContain(secret)
  })

  test('revoke ends a key, once', async () => {
    const { secret, id } = await create()
    expect(await cli.run(['keys', 'revoke', id], { env })).toEqual({ code: 0, stdout: `revoked ${id}\n`, stderr: '' })
    expect(await statusWith(secret)).toBe(401)
    const again = await cli.run(['keys', 'revoke', id], { env })
    expect({ code: again.code, stdout: again.stdout }).toEqual({ code: 1, stdout: '' })
    expect(again.stderr).toContain(`No live key has the id ${id}.`)
    expect((await cli.run(['keys', 'list'], { env })).stdout).toContain('revoked')
  })

  test('answers in JSON when asked to', async () => {
    const created = await cli.run(['keys', 'create', 'ci', '--json'], { env })
    const key: { id: string; key: string } = JSON.parse(created.stdout)
    expect(key).toMatchObject({ name: 'ci', scopes: ['admin'], state: 'live', expires_at: null })
    expect(await statusWith(key.key)).toBe(200)
    const revoked = await cli.run(['keys', 'revoke', key.id, '--json'], { env })
    expect(JSON.parse(revoked.stdout)).toEqual({ id: key.id, revoked: true })
  })
})

test('a key that was made before the first start is the service’s key, and it makes no other', async () => {
  await using cli = await openCli()
  const { stdout } = await cli.run(['keys', 'create', 'first'])
  await using service = await startService({ cwd: cli.folder, env: { BUNKHOUSE_API_KEY: undefined } })
  const headers = { 'x-api-key': stdout.trim() }
  expect((await fetch(`${service.url}/v1/runs`, { headers })).status).toBe(200)
  expect(service.output()).not.toContain('shown this once')
})
