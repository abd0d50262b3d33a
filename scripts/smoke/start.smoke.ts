import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { bundleFolder } from '../bundle.ts'
import { printedKey, type RunningService, runHello, serve, writeGreeter } from './service.ts'

const root = resolve(import.meta.dir, '../..')
let folder: string
let service: RunningService
let key: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bunkhouse-smoke-'))
  // A first start, whatever is set here. NODE_ENV is the test runner's.
  const { NODE_ENV: _runner, BUNKHOUSE_API_KEY: _key, ...env } = process.env
  service = await serve(['./scripts/start'], root, { ...env, DATABASE_URL: `sqlite:${folder}/bunkhouse.db` })
}, 180_000)
afterAll(async () => {
  await service?.end()
  await rm(folder, { recursive: true })
})

test('scripts/start serves a run with the key it prints', async () => {
  key = await printedKey(service)
  const { httpStatus, run } = await runHello(service, key, 'echo')
  expect(run).toMatchObject({ status: 'completed', output: 'hello' })
  expect(httpStatus).toBe(200)
})

test('scripts/start refuses a run without the key', async () => {
  expect((await runHello(service, 'bh_wrong', 'echo')).httpStatus).toBe(401)
})

test('scripts/start ends with 0 on SIGTERM', async () => {
  expect(await service.end()).toBe(0)
})

test('the bundle of a second start serves agent files and the Swagger page', async () => {
  const { NODE_ENV: _runner, BUNKHOUSE_API_KEY: _key, ...env } = process.env
  const made = Bun.spawn([process.execPath, join(root, 'scripts/bundle.ts')], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  expect(await made.exited).toBe(0)
  await writeGreeter(folder)
  service = await serve([process.execPath, join(bundleFolder(), 'main.js'), 'serve'], folder, {
    ...env,
    DATABASE_URL: `sqlite:${folder}/bunkhouse.db`,
  })
  expect((await runHello(service, key, 'greeter')).run).toMatchObject({ status: 'completed', output: 'hello' })
  const page = await (await fetch(`${service.url}/swagger`)).text()
  const [, script] = /<script[^>]+src="([^"]+)"/.exec(page) ?? []
  expect((await fetch(new URL(script ?? 'none', `${service.url}/swagger`))).status).toBe(200)
  expect(await service.end()).toBe(0)
})
