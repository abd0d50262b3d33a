import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { printedKey, type RunningService, runHello, serve } from './service.ts'

const root = resolve(import.meta.dir, '../..')
let folder: string
let service: RunningService

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
  const { httpStatus, run } = await runHello(service, printedKey(service), 'echo')
  expect(run).toMatchObject({ status: 'completed', output: 'hello' })
  expect(httpStatus).toBe(200)
})

test('scripts/start refuses a run without the key', async () => {
  expect((await runHello(service, 'bh_wrong', 'echo')).httpStatus).toBe(401)
})

test('scripts/start ends with 0 on SIGTERM', async () => {
  expect(await service.end()).toBe(0)
})
