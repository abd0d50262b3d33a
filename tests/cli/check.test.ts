import { Database } from 'bun:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../scripts/services/free-port.ts'
import { type Cli, openCli } from '../support/cli.ts'
import { startService } from '../support/service.ts'
import { writeFiles } from '../support/temporary-files.ts'
import { type Env, findingsOf } from './findings.ts'

let cli: Cli
beforeEach(async () => {
  cli = await openCli()
})
afterEach(() => cli[Symbol.asyncDispose]())

const check = (env: Env = {}) => findingsOf(cli, env)
const port = () => String(freePort())

test('a fresh install is well, and stays as it is', async () => {
  const { code, stdout, stderr } = await cli.run(['check'], { env: { PORT: port() } })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toContain('ok    database: SQLite; the first start will make ./data/bunkhouse.db\n')
  expect(stdout).toContain('note  agents: no agent files in ./agents; the built-in agent echo answers\n')
  for (const line of stdout.trimEnd().split('\n')) expect(line).toMatch(/^(ok|note|warn|fail) +[a-z]+: \S/)
  expect(existsSync(join(cli.folder, 'data'))).toBe(false)
})

test('each warning and failure is followed by what to do', async () => {
  const { code, stdout } = await cli.run(['check'], { env: { PORT: port(), REDIS_URL: 'redis://127.0.0.1:1' } })
  expect(code).toBe(1)
  expect(stdout).toMatch(/^fail {2}redis: 127\.0\.0\.1:1 does not answer: .+\n {6}→ Check REDIS_URL and .+$/m)
})

describe('the configuration', () => {
  test('is told with all that is wrong, and ends the check with 2', async () => {
    const env = { PORT: 'x', LOG_LEVEL: 'loud', DATABASE_URL: 'mysql://me:hunter2hunter2@host/name' }
    const { code, findings, stdout } = await check(env)
    expect(code).toBe(2)
    expect(findings.map(({ level, text }) => [level, text.split(' ')[0]])).toEqual([
      ['fail', 'PORT'],
      ['fail', 'DATABASE_URL'],
      ['fail', 'LOG_LEVEL'],
    ])
    expect(findings.every(finding => finding.advice?.includes('.env.example'))).toBe(true)
    expect(stdout).not.toContain('hunter2')
  })

  test('is told in a nutshell where it is right', async () => {
    const { of } = await check({ ENVIRONMENT: 'production', ROLES: 'api', PORT: port() })
    expect(of('configuration')).toContainEqual(
      expect.objectContaining({ level: 'ok', text: expect.stringMatching(/^version .+, production, roles api$/) }),
    )
    expect(of('configuration')).toContainEqual(
      expect.objectContaining({ level: 'note', text: expect.stringContaining('without the role worker') }),
    )
    const key = expect.objectContaining({ level: 'note', text: expect.stringContaining('BUNKHOUSE_SECRET_KEY') })
    expect(of('configuration')).toContainEqual(key)
    const sealing = { ENVIRONMENT: 'production', BUNKHOUSE_SECRET_KEY: 'a passphrase of an operator', PORT: port() }
    expect((await check(sealing)).of('configuration')).not.toContainEqual(key)
  })
})

describe('a SQLite file', () => {
  const path = () => join(cli.folder, 'data/bunkhouse.db')

  test('is told with its migrations', async () => {
    await cli.run(['migrate'])
    const { code, of } = await check({ PORT: port() })
    expect(code).toBe(0)
    expect(of('database').map(({ level, text }) => `${level} ${text}`)).toEqual([
      expect.stringMatching(/^ok SQLite 3\.[\d.]+, \.\/data\/bunkhouse\.db$/),
      expect.stringMatching(/^ok at migration \d+, the newest$/),
    ])
  })

  test('of an older version is no failure', async () => {
    await cli.run(['migrate'])
    using database = new Database(path())
    database.run('PRAGMA user_version = 0')
    const { code, of } = await check({ PORT: port() })
    expect(code).toBe(0)
    expect(of('database')).toContainEqual(
      expect.objectContaining({ level: 'note', text: expect.stringMatching(/^\d+ to apply/) }),
    )
  })

  test('of a newer version fails', async () => {
    await cli.run(['migrate'])
    using database = new Database(path())
    database.run('PRAGMA user_version = 999')
    const { code, of } = await check({ PORT: port() })
    expect(code).toBe(1)
    expect(of('database').at(-1)).toMatchObject({ level: 'fail', text: expect.stringContaining('newer version') })
  })

  test('that is none fails', async () => {
    writeFiles(cli.folder, { 'notes.txt': 'Not a database. '.repeat(1_000) })
    const { code, of } = await check({ DATABASE_URL: 'sqlite:notes.txt', PORT: port() })
    expect(code).toBe(1)
    expect(of('database')).toMatchObject([{ level: 'fail', text: 'notes.txt: file is not a database' }])
  })

  test('where none can be made fails', async () => {
    writeFiles(cli.folder, { 'notes.txt': 'x' })
    const { code, of } = await check({ DATABASE_URL: 'sqlite:notes.txt/data/bunkhouse.db', PORT: port() })
    expect(code).toBe(1)
    expect(of('database')).toMatchObject([{ level: 'fail', text: expect.stringContaining('cannot be written to') }])
  })

  test('that another process serves is no failure, nor is its port, and that process does not mind', async () => {
    await using service = await startService({ cwd: cli.folder })
    const { code, of } = await check({ PORT: new URL(service.url).port })
    expect(code).toBe(0)
    expect(of('database').at(-1)).toMatchObject({ level: 'note', text: expect.stringContaining('a process serves it') })
    expect(of('port')).toMatchObject([{ level: 'note', text: expect.stringContaining('is served by Bunkhouse') }])
    expect((await service.request('POST', '/v1/runs/wait', { agent: 'echo', input: 'hello' })).status).toBe(200)
    expect((await cli.run(['serve'], { env: { PORT: '0' } })).code).toBe(1)
  })
})

describe('agent files', () => {
  const good = (model: string) => `import { defineAgent } from 'bunkhouse'
export default defineAgent({ name: 'good', model: '${model}' })
`

  test('are named, and one whose provider is not configured is a warning', async () => {
    writeFiles(cli.folder, { 'agents/good.ts': good('openai/gpt-5-mini') })
    const { code, of } = await check({ PORT: port() })
    expect(code).toBe(0)
    expect(of('agents')).toEqual([
      { level: 'ok', area: 'agents', text: '1 loaded from ./agents: good' },
      {
        level: 'warn',
        area: 'agents',
        text: 'good.ts: good cannot call its model openai/gpt-5-mini, so its runs will fail',
        advice: 'Set OPENAI_API_KEY to use openai/gpt-5-mini.',
      },
    ])
  })

  test('have their schedules checked one by one', async () => {
    writeFiles(cli.folder, {
      'agents/early.ts': `import { defineAgent } from 'bunkhouse'
export default defineAgent({
  name: 'early',
  model: 'builtin/echo',
  schedules: [
    { name: 'daily', cron: '@daily', input: 'What is new?' },
    { name: 'never', cron: '61 * * * *', input: 'What is new?' },
  ],
})
`,
    })
    const { code, of } = await check({ PORT: port() })
    expect(code).toBe(1)
    expect(of('schedules')).toMatchObject([
      { level: 'ok', text: '1 in agent files' },
      { level: 'fail', text: expect.stringMatching(/^early\.ts: never of agent early: .*61/) },
    ])
  })

  test('that are broken fail with their place and a hint, and the others are loaded', async () => {
    writeFiles(cli.folder, {
      'agents/good.ts': good('builtin/echo'),
      'agents/half.ts': `import { defineAgent } from 'bunkhouse'\n\nexport default defineAgent({ name: 'half'`,
      'agents/typo.ts': `import { definAgent } from 'bunkhouse'\nexport default definAgent({})`,
    })
    const { code, of } = await check({ PORT: port() })
    expect(code).toBe(1)
    expect(of('agents')).toMatchObject([
      { level: 'ok', text: '1 loaded from ./agents: good' },
      { level: 'fail', text: expect.stringMatching(/^half\.ts:3:\d+: /) },
      { level: 'fail', text: expect.stringMatching(/^typo\.ts:1:\d+: /), advice: 'Did you mean "defineAgent"?' },
    ])
  })

  test('that print leave standard output to the findings', async () => {
    writeFiles(cli.folder, { 'agents/good.ts': `console.log('hello')\n${good('builtin/echo')}` })
    const { stdout, stderr } = await cli.run(['check', '--json'], { env: { PORT: port() } })
    expect(JSON.parse(stdout)).toMatchObject({ ok: true })
    expect(stderr).toContain('hello')
  })

  test('without the default agent are a warning', async () => {
    const { code, of } = await check({ DEFAULT_AGENT: 'nobody', PORT: port() })
    expect(code).toBe(0)
    expect(of('agents').at(-1)).toMatchObject({ level: 'warn', text: 'DEFAULT_AGENT nobody is in no agent file' })
  })
})

test('job files are named with their queues, and a broken one fails with its place', async () => {
  writeFiles(cli.folder, {
    'jobs/mail.ts': `import { defineJob } from 'bunkhouse'
export default defineJob({ name: 'send-mail', queue: 'mail', input: { type: 'object' }, run: () => null })
`,
    'jobs/typo.ts': `export default {\n  name: 'typo',\n  qeue: 'mail',\n  input: {},\n  run: () => null,\n}`,
  })
  const { code, of } = await check({ PORT: port() })
  expect(code).toBe(1)
  expect(of('jobs')).toMatchObject([
    { level: 'ok', text: '1 loaded from ./jobs: send-mail (queue mail)' },
    { level: 'fail', text: 'typo.ts:3:3: unknown key "qeue"; did you mean "queue"?' },
  ])
})

describe('the port', () => {
  test('that is free is well, and 0 is any', async () => {
    const free = port()
    expect((await check({ PORT: free })).of('port')).toMatchObject([
      { level: 'ok', text: `${free} on 127.0.0.1 is free` },
    ])
    expect((await check({ PORT: '0' })).of('port')).toMatchObject([{ level: 'ok' }])
  })

  test('that another program has fails', async () => {
    using other = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response('hello') })
    const { code, of } = await check({ PORT: String(other.port) })
    expect(code).toBe(1)
    expect(of('port')).toMatchObject([{ level: 'fail', text: `${other.port} is taken by another program` }])
  })

  test('on an address that this machine has not fails', async () => {
    const { code, of } = await check({ HOST: '192.0.2.1', PORT: port() })
    expect(code).toBe(1)
    expect(of('port')).toMatchObject([{ level: 'fail', text: '192.0.2.1 is no address of this machine' }])
  })
})

test('the disk is told with its room, and a log file that cannot be written fails', async () => {
  writeFiles(cli.folder, { 'notes.txt': 'x' })
  const { code, of } = await check({ LOG_FILE: 'notes.txt/bunkhouse.log', PORT: port() })
  expect(code).toBe(1)
  expect(of('disk')).toMatchObject([
    { text: expect.stringMatching(/^\d+ MiB free in /) },
    { level: 'fail', text: expect.stringContaining('LOG_FILE notes.txt/bunkhouse.log') },
  ])
})

test('a file of prices is read, and told where it is wrong', async () => {
  writeFiles(cli.folder, { 'good.json': '{"a/b": {"input": 1, "output": 2}}', 'wrong.json': '{"a/b": 3}' })
  const told = async (file: string) => (await check({ PORT: port(), MODEL_PRICES: file })).of('models')
  expect(await told('good.json')).toContainEqual({ level: 'ok', area: 'models', text: '1 price in good.json' })
  const text = 'MODEL_PRICES is wrong in wrong.json: "a/b" must be an object'
  expect(await told('wrong.json')).toContainEqual(expect.objectContaining({ level: 'fail', text }))
})
