import { afterAll, beforeAll, expect, test } from 'bun:test'
import { freePort } from '../../scripts/services/free-port.ts'
import { type Cli, openCli } from '../support/cli.ts'
import { type Service, startService } from '../support/service.ts'

let cli: Cli
let service: Service

beforeAll(async () => {
  cli = await openCli()
  service = await startService()
})
afterAll(async () => {
  await service[Symbol.asyncDispose]()
  await cli[Symbol.asyncDispose]()
})

const portOf = (url: string): string => new URL(url).port

test.each([
  [[], '"status":"healthy"'],
  [['--ready'], '"status":"ready"'],
])('healthcheck %p ends with 0 where the service is well', async (flags, says) => {
  const { code, stdout } = await cli.run(['healthcheck', ...flags], { env: { PORT: portOf(service.url) } })
  expect(code).toBe(0)
  expect(stdout).toContain(says)
})

test('healthcheck asks this machine where the service listens on every address', async () => {
  const env = { PORT: portOf(service.url), HOST: '0.0.0.0' }
  expect((await cli.run(['healthcheck'], { env })).code).toBe(0)
})

test('healthcheck ends with 1 where nobody answers', async () => {
  const { code, stdout, stderr } = await cli.run(['healthcheck'], { env: { PORT: String(freePort()) } })
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toContain('does not answer')
})

test('healthcheck --ready ends with 1 where the service is not ready', async () => {
  using notReady = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: () => Response.json({ status: 'not_ready' }, { status: 503 }),
  })
  const { code, stdout } = await cli.run(['healthcheck', '--ready'], { env: { PORT: String(notReady.port) } })
  expect({ code, stdout }).toEqual({ code: 1, stdout: '{"status":"not_ready"}\n' })
})
