import { Database } from 'bun:sqlite'
import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { checkLimits } from '../../src/doctor/later/limits.ts'
import { type Cli, openCli } from '../support/cli.ts'
import { createDatabase } from '../support/database.ts'
import { startFakeProvider } from '../support/provider/server.ts'
import { startService } from '../support/service.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { temporaryFiles, writeFiles } from '../support/temporary-files.ts'
import { mountTinyDisk } from '../support/tiny-disk.ts'
import { type Env, findingsOf } from './findings.ts'

setDefaultTimeout(60_000)

let cli: Cli
beforeEach(async () => {
  cli = await openCli()
})
afterEach(() => cli[Symbol.asyncDispose]())

const doctor = (env: Env = {}) => findingsOf(cli, { PORT: '0', ...env }, 'doctor')
const inShort = (findings: { level: string; text: string }[]) => findings.map(({ level, text }) => `${level} ${text}`)

test('a fresh install is well, and stays as it is', async () => {
  const { code, findings } = await doctor()
  expect(code).toBe(0)
  expect(findings.filter(({ level }) => level === 'fail')).toEqual([])
  const areas = new Set(findings.map(({ area }) => area))
  for (const area of ['versions', 'configuration', 'database', 'disk', 'clock', 'time zones', 'limits', 'backups']) {
    expect([...areas]).toContain(area)
  }
  expect(existsSync(join(cli.folder, 'data'))).toBe(false)
})

test('beside a service it harms nothing', async () => {
  await using service = await startService({ cwd: cli.folder })
  const [report, ...answers] = await Promise.all([
    doctor({ PORT: new URL(service.url).port }),
    ...Array.from({ length: 20 }, () => service.request('POST', '/v1/runs/wait', { agent: 'echo', input: 'hello' })),
  ])
  expect(report.code).toBe(0)
  expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200))
  expect(inShort(report.of('port'))).toEqual([expect.stringContaining('is served by Bunkhouse')])
  expect(inShort(report.of('database')).join('\n')).toContain('ok the file is whole')
})

test('a configuration that is wrong ends it with 2', async () => {
  const { code, findings } = await doctor({ PORT: 'x' })
  expect(code).toBe(2)
  expect(findings).toHaveLength(1)
})

test('a SQLite file that is damaged fails', async () => {
  await cli.run(['migrate'])
  const path = join(cli.folder, 'data/bunkhouse.db')
  {
    using file = new Database(path)
    file.run('PRAGMA journal_mode = DELETE')
    file.run(`insert into settings select 'default', 'x' || value, '1', 0, 'x' from json_each('[1,2,3]')`)
  }
  const bytes = await Bun.file(path).bytes()
  // Not the first page, by which the file is known.
  await Bun.write(path, bytes.fill(0x5a, 8_192))
  const { code, of } = await doctor()
  expect(code).toBe(1)
  expect(of('database').some(({ level }) => level === 'fail')).toBe(true)
})

test('a folder that cannot be written to fails', async () => {
  writeFiles(cli.folder, { 'notes.txt': 'x' })
  const { code, of } = await doctor({ DATABASE_URL: 'sqlite:notes.txt/data/bunkhouse.db' })
  expect(code).toBe(1)
  expect(inShort(of('database'))).toEqual([expect.stringContaining('cannot be written to')])
})

test('a full disk fails, and the rest is told all the same', async () => {
  await using disk = await mountTinyDisk(4)
  if (!disk) return console.warn('SKIPPED: the test of a full disk needs the right to mount one.')
  await disk.fill()
  const { code, of, findings } = await doctor({ DATABASE_URL: `sqlite:${disk.path}/bunkhouse.db` })
  expect(code).toBe(1)
  expect(of('disk').filter(({ level }) => level === 'fail').length).toBeGreaterThan(0)
  expect(findings.map(({ area }) => area)).toContain('time zones')
})

test('a provider that refuses the key fails, without the key, and costs no tokens', async () => {
  const provider = await startFakeProvider()
  const key = 'no-pattern-knows-this-one-1234'
  try {
    await using refusing = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      fetch: () => new Response(key, { status: 401 }),
    })
    const { code, of, stdout } = await doctor({
      OPENAI_API_KEY: key,
      OPENAI_BASE_URL: `${refusing.url}v1`,
      FAKE_BASE_URL: provider.baseUrl,
    })
    expect(code).toBe(1)
    expect(inShort(of('models'))).toContainEqual(expect.stringContaining('refuses the key (401)'))
    expect(stdout).not.toContain(key)
    expect(provider.requests()).toEqual([])
  } finally {
    await provider.stop()
  }
})

describe('backups', () => {
  test('to a place that can be used, by a rule that can be understood', async () => {
    const { of } = await doctor({ BACKUP_TO: './backups', BACKUP_SCHEDULE: '@daily' })
    expect(inShort(of('backups'))).toEqual([
      'ok ./backups can be used, and holds none yet',
      expect.stringMatching(/^ok BACKUP_SCHEDULE @daily, next at \d{4}-/),
    ])
    expect(existsSync(join(cli.folder, 'backups'))).toBe(false)
  })

  test.each<[string, Env, string]>([
    ['by a rule that cannot', { BACKUP_TO: './backups', BACKUP_SCHEDULE: 'sometimes' }, 'BACKUP_SCHEDULE'],
    ['to a file', { BACKUP_TO: './notes.txt/backups' }, './notes.txt'],
    [
      'to S3 that is away',
      {
        BACKUP_TO: 's3://some/where',
        S3_ENDPOINT: 'http://127.0.0.1:1',
        S3_ACCESS_KEY_ID: 'a',
        S3_SECRET_ACCESS_KEY: 'b',
      },
      's3://some/where',
    ],
  ])('%s fail', async (_what, env, named) => {
    writeFiles(cli.folder, { 'notes.txt': 'x' })
    const { code, of } = await doctor(env)
    expect(code).toBe(1)
    expect(of('backups').filter(({ level, text }) => level === 'fail' && text.includes(named))).toHaveLength(1)
  })

  test('of which later ones are missing are a warning', async () => {
    await cli.run(['migrate'])
    const name = 'bunkhouse-20260101T000000.000Z-0badcafe.db'
    writeFiles(cli.folder, { [`backups/${name}`]: 'x', [`backups/${name}.sha256`]: 'x' })
    const { utimesSync } = await import('node:fs')
    utimesSync(join(cli.folder, 'backups', name), 1_767_225_600, 1_767_225_600)
    const { of } = await doctor({ BACKUP_TO: './backups', BACKUP_SCHEDULE: '@daily' })
    expect(inShort(of('backups'))[0]).toMatch(
      /^warn 1 at \.\/backups, the newest of 2026-01-01.*later ones are missing$/,
    )
  })
})

test('webhooks that go nowhere, or where nothing may be sent, are warnings', async () => {
  await using server = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response() })
  await cli.run(['migrate'])
  {
    using file = new Database(join(cli.folder, 'data/bunkhouse.db'))
    const insert = file.query(
      `insert into webhooks (id, tenant_id, name, url, events, secret, state, created_at, updated_at)
       values (?1, 'default', ?1, ?2, '["*"]', 'x', 'enabled', 0, 0)`,
    )
    insert.run('whk_1', `http://127.0.0.1:${server.port}/hook`)
    insert.run('whk_2', 'https://nowhere.invalid/hook')
    insert.run('whk_3', 'https://127.0.0.2:1/hook')
  }
  const strict = await doctor()
  expect(inShort(strict.of('webhooks')).toSorted()).toEqual([
    expect.stringMatching(/^warn 127\.0\.0\.1:\d+ is at 127\.0\.0\.1, which is not public/),
    expect.stringMatching(/^warn 127\.0\.0\.2:1 is at 127\.0\.0\.2, which is not public/),
    'warn nowhere.invalid has no address',
  ])
  expect(strict.code).toBe(0)
  const open = await doctor({ EGRESS_ALLOW: '127.0.0.0/8' })
  expect(inShort(open.of('webhooks')).toSorted()).toEqual([
    expect.stringMatching(/^ok 127\.0\.0\.1:\d+ can be reached$/),
    expect.stringMatching(/^warn 127\.0\.0\.2:1 cannot be reached: /),
    'warn nowhere.invalid has no address',
  ])
})

describe('Postgres', () => {
  test('is told with its settings and its clock', async () => {
    await using database = await createDatabase('postgres')
    const { of } = await doctor({ DATABASE_URL: database.url })
    expect(inShort(of('database')).join('\n')).toMatch(/\d+ of \d+ connections are used/)
    expect(inShort(of('clock')).at(-1)).toStartWith('ok that of Postgres is')
  })

  test('with settings that lose data or cut off work is told of each', async () => {
    await using database = await createDatabase('postgres')
    const url = new URL(database.url)
    url.searchParams.set('options', '-c synchronous_commit=off -c statement_timeout=2000')
    // The tests' own server may be without fsync, which fails.
    const { of } = await doctor({ DATABASE_URL: url.href })
    const told = inShort(of('database')).join('\n')
    expect(told).toContain('warn synchronous_commit is off')
    expect(told).toContain('warn statement_timeout is 2000 ms')
  })

  test('behind a proxy is a note', async () => {
    await using database = await createDatabase('postgres')
    const url = new URL(database.url)
    await using proxy = await startTcpProxy({ host: url.hostname, port: Number(url.port) })
    url.port = String(proxy.port)
    const { of } = await doctor({ DATABASE_URL: url.href })
    expect(inShort(of('database'))).toContainEqual(expect.stringContaining('is in between'))
  })
})

test('the limits of the system are read as they stand there', () => {
  const limits = (soft: string) =>
    `Limit                     Soft Limit  Hard Limit  Units\nMax open files            ${soft}        4096        files\n`
  const found = (files: Record<string, string>) => {
    using root = temporaryFiles(files)
    return inShort(checkLimits(root.path))
  }
  expect(found({ 'proc/self/limits': limits('1024') })[0]).toBe('warn 1024 files and connections may be open at once')
  expect(found({ 'proc/self/limits': limits('unlimited') })[0]).toStartWith('ok')
  expect(found({ 'sys/fs/cgroup/memory.max': '134217728\n' })).toEqual(['warn memory is limited to 128 MiB'])
  expect(found({ 'sys/fs/cgroup/memory.max': '1073741824', 'sys/fs/cgroup/memory.current': '1063741824' })).toEqual([
    'warn memory is limited to 1024 MiB, of which 1014 are used',
  ])
  expect(found({ 'sys/fs/cgroup/memory.max': 'max\n' })[0]).toStartWith('ok memory is not limited')
  expect(found({ 'sys/fs/cgroup/memory/memory.limit_in_bytes': '536870912' })).toEqual([
    'ok memory is limited to 512 MiB',
  ])
})
