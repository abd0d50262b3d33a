import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../scripts/services/free-port.ts'
import { type Cli, openCli } from '../support/cli.ts'
import { startService } from '../support/service.ts'

let cli: Cli
beforeEach(async () => {
  cli = await openCli()
})
afterEach(() => cli[Symbol.asyncDispose]())

const colour = String.fromCharCode(27)
const lines = (text: string): string[] => text.split(/\r?\n/).filter(Boolean)
const isJson = (line: string): boolean => {
  try {
    return typeof JSON.parse(line) === 'object'
  } catch {
    return false
  }
}

describe('the log on a terminal', () => {
  const serve = (env: Record<string, string>) =>
    cli.terminal(['serve'], {
      env: { PORT: '0', BUNKHOUSE_API_KEY: 'bh_key_for_a_terminal', ...env },
      stopAt: 'listening',
    })

  test('is text for people in development', async () => {
    const { code, output } = await serve({})
    expect(code).toBe(0)
    expect(output).toContain(colour)
    expect(output).toMatch(/\d\d:\d\d:\d\d\.\d{3}.*INFO.*listening/)
    expect(lines(output).some(isJson)).toBe(false)
  })

  test('is JSON in production', async () => {
    const { code, output } = await serve({ ENVIRONMENT: 'production' })
    expect(code).toBe(0)
    expect(lines(output).every(isJson)).toBe(true)
  })
})

describe('the log in a pipe', () => {
  test.each(['development', 'production'])('is JSON, one line each, in %s', async environment => {
    await using service = await startService({ env: { ENVIRONMENT: environment } })
    await service.request('POST', '/v1/runs/wait', { agent: 'echo', input: 'hello' })
    expect(await service.stop()).toBe(0)
    await service.said('"state":"stopped"')
    expect(lines(service.output()).filter(line => !isJson(line))).toEqual([])
    expect(service.output()).toMatch(/"method":"POST".*"path":"\/v1\/runs\/wait","status":200.*"requestId":"req_/)
  })

  test('that nobody reads does not end the service', async () => {
    const env = { PORT: String(freePort()), BUNKHOUSE_API_KEY: 'bh_key_for_a_deaf_reader' }
    const service = cli.start(['serve'], { env, unread: true })
    while ((await cli.run(['healthcheck'], { env })).code !== 0) expect(service.process.exitCode).toBe(null)
    const headers = { 'x-api-key': env.BUNKHOUSE_API_KEY }
    for (let request = 0; request < 100; request++) {
      expect((await fetch(`http://127.0.0.1:${env.PORT}/v1/runs`, { headers })).status).toBe(200)
    }
    service.process.kill('SIGTERM')
    const { code, stderr } = await service.result
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  })
})

describe('LOG_FILE', () => {
  test('takes all lines, and leaves to standard output the key of the first start', async () => {
    const file = join(cli.folder, 'logs/today/bunkhouse.log')
    const env = { PORT: String(freePort()), LOG_FILE: file }
    const service = cli.start(['serve'], { env })
    await service.said('Your admin key')
    service.process.kill('SIGTERM')
    const { code, stdout } = await service.result
    expect(code).toBe(0)
    const key = /bh_\w+/.exec(stdout)?.[0] ?? 'no key'
    const [, link = 'no link', setup = 'no link'] = /(http\S+\/console#setup=(\w+))/.exec(stdout) ?? []
    expect(stdout.trim()).toBe(
      `Your admin key, shown this once: ${key}\nOpen the console, signed in, once within an hour: ${link}`,
    )
    const log = await Bun.file(file).text()
    expect(lines(log).every(isJson)).toBe(true)
    expect(log).toContain('"listening"')
    expect(log).toContain('"state":"stopped"')
    expect(log).not.toContain(key)
    expect(log).not.toContain(setup)
  })

  test('tells why a start failed', async () => {
    using taken = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response() })
    const file = join(cli.folder, 'bunkhouse.log')
    const { code } = await cli.run(['serve'], { env: { PORT: String(taken.port), LOG_FILE: file } })
    expect(code).toBe(1)
    expect(await Bun.file(file).text()).toContain('EADDRINUSE')
  })

  test('that cannot be opened is told at once', async () => {
    await Bun.write(join(cli.folder, 'file'), '')
    const { code, stdout, stderr } = await cli.run(['serve'], { env: { LOG_FILE: 'file/bunkhouse.log', PORT: '0' } })
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain('LOG_FILE file/bunkhouse.log cannot be opened')
  })

  test.if(existsSync('/dev/full'))('on a full disk does not end the service', async () => {
    const env = { PORT: String(freePort()), LOG_FILE: '/dev/full', BUNKHOUSE_API_KEY: 'bh_key_for_a_full_disk' }
    const service = cli.start(['serve'], { env })
    while ((await cli.run(['healthcheck'], { env })).code !== 0) expect(service.process.exitCode).toBe(null)
    const headers = { 'x-api-key': env.BUNKHOUSE_API_KEY }
    for (let request = 0; request < 100; request++) {
      expect((await fetch(`http://127.0.0.1:${env.PORT}/v1/runs`, { headers })).status).toBe(200)
    }
    service.process.kill('SIGTERM')
    expect((await service.result).code).toBe(0)
  })
})

test('LOG_LEVEL=silent says nothing', async () => {
  const env = { PORT: String(freePort()), LOG_LEVEL: 'silent', BUNKHOUSE_API_KEY: 'bh_key_for_a_silent_one' }
  const service = cli.start(['serve'], { env })
  while ((await cli.run(['healthcheck'], { env })).code !== 0) expect(service.process.exitCode).toBe(null)
  service.process.kill('SIGTERM')
  expect(await service.result).toEqual({ code: 0, stdout: '', stderr: '' })
})
