import { Database } from 'bun:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Cli, openCli } from '../support/cli.ts'
import { createDatabase, engines, type TestDatabase } from '../support/database.ts'
import { startService } from '../support/service.ts'

let cli: Cli
beforeEach(async () => {
  cli = await openCli()
})
afterEach(() => cli[Symbol.asyncDispose]())

describe.each(engines)('migrate on %s', engine => {
  let database: TestDatabase
  let env: Record<string, string>

  beforeEach(async () => {
    database = await createDatabase(engine)
    env = { DATABASE_URL: database.url }
  })
  afterEach(() => database[Symbol.asyncDispose]())

  test('says what it applied, and has nothing to do the second time', async () => {
    const first = await cli.run(['migrate'], { env })
    expect(first.code).toBe(0)
    expect(first.stdout).toMatch(/^applied 0000_initial$/m)
    const last = first.stdout.trim().split('\n').at(-1) ?? ''
    expect(last).toMatch(/^The database is at migration \d+\.$/)
    expect(await cli.run(['migrate'], { env })).toEqual({ code: 0, stdout: `${last}\n`, stderr: '' })
  })

  test('--dry-run prints the statements and runs none', async () => {
    const dry = await cli.run(['migrate', '--dry-run'], { env })
    expect(dry.code).toBe(0)
    expect(dry.stdout).toMatch(/^CREATE TABLE ["`]runs["`]/m)
    expect(dry.stdout).toMatch(/-- [1-9]\d* migrations to apply\n$/)
    expect(await cli.run(['migrate', '--dry-run'], { env })).toEqual(dry)
    await cli.run(['migrate'], { env })
    expect((await cli.run(['migrate', '--dry-run'], { env })).stdout).toBe('-- 0 migrations to apply\n')
  })

  test('by several processes at once is done once', async () => {
    const results = await Promise.all([1, 2, 3].map(() => cli.run(['migrate'], { env })))
    const applied = results.filter(({ stdout }) => stdout.includes('applied 0000_initial'))
    expect(applied).toHaveLength(1)
    // On SQLite one that comes too early is refused rather than made to wait.
    if (engine === 'postgres') expect(results.map(({ code }) => code)).toEqual([0, 0, 0])
  })
})

test('migrate --dry-run makes no file', async () => {
  await cli.run(['migrate', '--dry-run'])
  expect(existsSync(join(cli.folder, 'data'))).toBe(false)
})

test('migrate beside a service of this version has nothing to do', async () => {
  await using service = await startService({ cwd: cli.folder })
  expect(service.url).not.toBe('')
  const { code, stdout } = await cli.run(['migrate'])
  expect(code).toBe(0)
  expect(stdout).toMatch(/^The database is at migration \d+\.\n$/)
})

describe('a database that a newer version has used', () => {
  beforeEach(async () => {
    await cli.run(['migrate'])
    using database = new Database(join(cli.folder, 'data/bunkhouse.db'))
    database.run('PRAGMA user_version = 999')
  })

  test.each(['migrate', 'migrate --dry-run', 'keys list', 'run echo hello'])('is refused by %s', async line => {
    const { code, stdout, stderr } = await cli.run(line.split(' '))
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain('The database is at migration 999')
    expect(stderr).toContain('Start that version, or restore a backup')
  })

  test('is refused by serve', async () => {
    const { code, stdout } = await cli.run(['serve'], { env: { PORT: '0' } })
    expect(code).toBe(1)
    expect(stdout).toContain('The database is at migration 999')
  })
})

test.each(['migrate', 'keys list', 'run echo hello'])('%s says so where the file is no database', async line => {
  const path = join(cli.folder, 'notes.txt')
  await Bun.write(path, 'These are my notes, and not a database at all.'.repeat(100))
  const { code, stdout, stderr } = await cli.run(line.split(' '), { env: { DATABASE_URL: `sqlite:${path}` } })
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toBe(`${path} cannot be opened: file is not a database.\n`)
})
