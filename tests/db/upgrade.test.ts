import { Database } from 'bun:sqlite'
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { readdirSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { migrate } from '../../src/db/migrate.ts'
import { type Migration, readMigrations } from '../../src/db/migrations.ts'
import type { OpenDatabase } from '../../src/db/open.ts'
import { upgrade } from '../../src/db/upgrade.ts'
import { openCli } from '../support/cli.ts'
import { openUrl } from '../support/migrated-database.ts'
import { temporaryFiles } from '../support/temporary-files.ts'
import { mountTinyDisk, type TinyDisk } from '../support/tiny-disk.ts'

setDefaultTimeout(60_000)

const files = readMigrations('sqlite')
const snapshots = (path: string): string[] =>
  readdirSync(dirname(path))
    .filter(name => name.startsWith(`${basename(path)}.before-`))
    .sort()

/** A file at an older migration, with a key in it. */
async function older(path: string, applied: number): Promise<OpenDatabase> {
  const opened = await openUrl(`sqlite:${path}`)
  await migrate(opened.database, files.slice(0, applied))
  return opened
}

const fails: Migration = { tag: '0999_fails', statements: ['create table one (id text)', 'not sql at all'] }

describe('a SQLite file that is migrated', () => {
  test('is copied before, as it was', async () => {
    using folder = temporaryFiles()
    const path = join(folder.path, 'bunkhouse.db')
    const { database, close } = await older(path, 1)
    const report = await upgrade(database, { snapshot: true })
    await close()
    expect(report.applied).toBe(files.length)
    expect(report.snapshot).toMatch(/\/bunkhouse\.db\.before-0002-\d{8}T\d{6}Z$/)
    expect(snapshots(path)).toEqual([basename(report.snapshot ?? '')])
    expect(statSync(report.snapshot ?? '').mode & 0o777).toBe(0o600)
    using copy = new Database(report.snapshot ?? '', { readonly: true })
    expect(copy.query('PRAGMA user_version').get()).toEqual({ user_version: 1 })
    expect(copy.query('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
  })

  test('is not copied where it is new, as it should be, or where no copy is wanted', async () => {
    using folder = temporaryFiles()
    const path = join(folder.path, 'bunkhouse.db')
    const { database, close } = await older(path, 0)
    expect((await upgrade(database, { snapshot: true })).snapshot).toBeNull()
    expect((await upgrade(database, { snapshot: true })).snapshot).toBeNull()
    await close()
    const unwanted = join(folder.path, 'unwanted.db')
    const opened = await older(unwanted, 1)
    expect(await upgrade(opened.database, { snapshot: false })).toMatchObject({ applied: files.length, snapshot: null })
    await opened.close()
    expect([...snapshots(path), ...snapshots(unwanted)]).toEqual([])
  })

  test('has the copies of its last three migrations beside it, and nothing else is deleted', async () => {
    using folder = temporaryFiles({ 'bunkhouse.db.before-my-holidays': 'x', 'bunkhouse.db.before-0001': 'x' })
    const path = join(folder.path, 'bunkhouse.db')
    const { database, close } = await older(path, files.length)
    const known = [...files]
    for (let number = 0; number < 5; number++) {
      known.push({ tag: `more_${number}`, statements: [`create table more_${number} (id text)`] })
      await upgrade(database, { snapshot: true, known })
    }
    await close()
    const last = [4, 5]
      .concat(3)
      .sort()
      .map(number => `bunkhouse.db.before-${String(files.length + number).padStart(4, '0')}-`)
    const kept = snapshots(path).filter(name => /Z$/.test(name))
    expect(kept.map(name => name.slice(0, last[0]?.length))).toEqual(last)
    expect(snapshots(path)).toContainValues(['bunkhouse.db.before-my-holidays', 'bunkhouse.db.before-0001'])
  })

  test('by a start that fails again and again does not lose the copies of earlier ones', async () => {
    using folder = temporaryFiles()
    const path = join(folder.path, 'bunkhouse.db')
    const { database, close } = await older(path, 1)
    await upgrade(database, { snapshot: true })
    for (let start = 0; start < 5; start++) {
      await expect(upgrade(database, { snapshot: true, known: [...files, fails] })).rejects.toThrow('syntax error')
    }
    await close()
    const numbers = snapshots(path).map(name => name.slice('bunkhouse.db.before-'.length).slice(0, 4))
    expect(numbers).toEqual(['0002', String(files.length + 1).padStart(4, '0')])
  })
})

test('migrate and serve keep a copy of a file of an older version, MIGRATION_SNAPSHOT=off does not', async () => {
  await using cli = await openCli()
  for (const [name, words, env] of [
    ['one', ['migrate'], {}],
    ['two', ['keys', 'list'], {}],
    ['three', ['migrate'], { MIGRATION_SNAPSHOT: 'off' }],
  ] as const) {
    const path = join(cli.folder, name, 'bunkhouse.db')
    const { close } = await older(path, 1)
    await close()
    const { code, stdout } = await cli.run([...words], { env: { DATABASE_URL: `sqlite:${path}`, ...env } })
    expect(code).toBe(0)
    expect(snapshots(path)).toHaveLength(name === 'three' ? 0 : 1)
    if (name === 'one') expect(stdout).toContain(`kept ${path}.before-0002-`)
  }
})

const probe = await mountTinyDisk(1)
await probe?.[Symbol.asyncDispose]()
if (!probe) console.warn('SKIPPED: the tests of a full disk need the right to mount one.')

describe.skipIf(!probe)('on a disk without room for the copy', () => {
  let disk: TinyDisk
  beforeAll(async () => {
    const mounted = await mountTinyDisk(8)
    if (!mounted) throw new Error('It could be mounted a moment ago.')
    disk = mounted
  })
  afterAll(() => disk?.[Symbol.asyncDispose]())

  test('nothing is migrated, and the way out is told', async () => {
    const path = join(disk.path, 'bunkhouse.db')
    const { database, close } = await older(path, 1)
    await expect(upgrade(database, { snapshot: true })).rejects.toThrow('set MIGRATION_SNAPSHOT=off')
    expect(await database.query('PRAGMA user_version', [])).toEqual([{ user_version: 1 }])
    expect(snapshots(path)).toEqual([])
    expect((await upgrade(database, { snapshot: false })).applied).toBe(files.length)
    await close()
  })
})
