import { Database } from 'bun:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Stage, startStage } from '../api/stage.ts'
import { testsOfProcesses } from '../lifecycle/processes.ts'
import { type Cli, openCli } from '../support/cli.ts'
import { engines } from '../support/database.ts'
import { writeFiles } from '../support/temporary-files.ts'
import { backupNamed, filesIn, half, useS3 } from './places.ts'

testsOfProcesses()

describe.each(engines)('bunkhouse backup of %s, while it is served', engine => {
  const ending = engine === 'sqlite' ? 'db' : 'dump'
  const s3 = useS3()
  let stage: Stage
  let cli: Cli
  let env: Record<string, string>
  beforeAll(async () => {
    stage = await startStage(engine)
    cli = await openCli()
    env = { DATABASE_URL: stage.database.url, ...s3().env }
    await stage.finished((await stage.run()).id)
  })
  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]()
    await cli?.[Symbol.asyncDispose]()
  })

  const backup = (...words: string[]) => cli.run(['backup', ...words], { env })
  const at = (...parts: string[]) => join(cli.folder, ...parts)

  test('to a file makes it with its digest beside, as sha256sum checks it', async () => {
    const { code, stdout, stderr } = await backup(`out/mine.${ending}`)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toStartWith(`out/mine.${ending}\n`)
    expect(filesIn(at('out'))).toEqual([`mine.${ending}`, `mine.${ending}.sha256`])
    const checked = Bun.spawn(['sha256sum', '--check', `mine.${ending}.sha256`], { cwd: at('out'), stdout: 'ignore' })
    expect(await checked.exited).toBe(0)
    expect(statSync(at('out', `mine.${ending}`)).mode & 0o777).toBe(0o600)
  })

  test('to a folder gives it a name by the time, and tells all as JSON', async () => {
    const { code, stdout } = await backup('folder/', '--json')
    expect(code).toBe(0)
    const made = JSON.parse(stdout)
    expect(made.name).toMatch(backupNamed)
    expect(made.location).toBe(`folder/${made.name}`)
    expect(made.bytes).toBe(statSync(at('folder', made.name)).size)
    expect(await Bun.file(at('folder', `${made.name}.sha256`)).text()).toBe(`${made.sha256}  ${made.name}\n`)
    expect(half(filesIn(at('folder')))).toEqual([])
  })

  test('to S3 puts it there with its digest', async () => {
    const { code, stdout } = await backup('s3://backups/by/hand', '--json')
    expect(code).toBe(0)
    const { name, bytes, sha256 } = JSON.parse(stdout)
    expect(await s3().keys()).toContainValues([`by/hand/${name}`, `by/hand/${name}.sha256`])
    const stored = await s3().client.file(`by/hand/${name}`).bytes()
    expect(stored.byteLength).toBe(bytes)
    expect(new Bun.CryptoHasher('sha256').update(stored).digest('hex')).toBe(sha256)
  })

  test('never writes over a file or its digest', async () => {
    writeFiles(cli.folder, { 'kept/notes.db': 'Mine.', 'kept/other.db.sha256': 'Mine too.' })
    await s3().client.write('kept.db', 'Mine.')
    for (const place of ['kept/notes.db', 'kept/other.db', 's3://backups/kept.db']) {
      const { code, stderr } = await backup(place)
      expect({ code, stderr }).toEqual({ code: 1, stderr: `${place} is there already. Name another file.\n` })
    }
    expect(filesIn(at('kept'))).toEqual(['notes.db', 'other.db.sha256'])
    expect(await s3().client.file('kept.db').text()).toBe('Mine.')
  })

  test('to S3 that refuses, is away or has no such bucket says so, without a secret', async () => {
    const secret = 'wJalrXUtnFEMIbPxRfiCYEXAMPLEKEY'
    const cases: [string, Record<string, string>, string][] = [
      ['s3://backups/a', { S3_ACCESS_KEY_ID: 'AKIASOMEBODYELSE' }, 'InvalidAccessKeyId'],
      ['s3://backups/a', { S3_ENDPOINT: 'http://127.0.0.1:1' }, 'ConnectionRefused'],
      ['s3://elsewhere/a', {}, 'NoSuchBucket'],
    ]
    for (const [place, more, reason] of cases) {
      const result = await cli.run(['backup', place], { env: { ...env, S3_SECRET_ACCESS_KEY: secret, ...more } })
      expect([result.code, result.stdout]).toEqual([1, ''])
      expect(result.stderr).toStartWith(`${place} cannot be used: ${reason}`)
      expect(result.stderr).not.toContain(secret)
    }
    expect((await s3().keys()).filter(key => key.startsWith('a/'))).toEqual([])
  })

  test('is told in the audit log', async () => {
    await backup(`audited.${ending}`)
    const { body } = await stage.call<{ data: object[] }>('GET', '/v1/audit?action=backup.made&limit=1')
    expect(body.data).toMatchObject([
      { actor: 'operator', action: 'backup.made', target: { type: 'backup', id: `audited.${ending}` } },
    ])
  })

  test('without a place is a wrong command line', async () => {
    expect(await backup()).toMatchObject({ code: 2, stderr: 'Say where to, or set BACKUP_TO.\n' })
  })
})

test('a copy of SQLite is one file, whole and with all rows', async () => {
  await using cli = await openCli()
  await cli.run(['keys', 'create', 'mine'])
  expect((await cli.run(['backup', 'copy.db'])).code).toBe(0)
  expect(filesIn(cli.folder).filter(name => name.startsWith('copy'))).toEqual(['copy.db', 'copy.db.sha256'])
  using copy = new Database(join(cli.folder, 'copy.db'), { readonly: true })
  expect(copy.query('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
  expect(copy.query('select name from api_keys').all()).toEqual([{ name: 'mine' }])
})

test('where there is no database there is nothing to back up, and none is made', async () => {
  await using cli = await openCli()
  const { code, stderr } = await cli.run(['backup', 'copy.db'])
  expect({ code, stderr }).toEqual({ code: 1, stderr: 'There is no database at ./data/bunkhouse.db.\n' })
  expect(existsSync(join(cli.folder, 'data'))).toBe(false)
})

test('a damaged database makes no backup', async () => {
  await using cli = await openCli()
  await cli.run(['migrate'])
  const file = join(cli.folder, 'data/bunkhouse.db')
  const bytes = await Bun.file(file).bytes()
  // All of it but the first page.
  await Bun.write(file, bytes.fill(0x5a, 4_096))
  const { code, stderr } = await cli.run(['backup', 'out/copy.db'])
  expect(code).toBe(1)
  expect(stderr).toMatch(/damaged|malformed|cannot be/)
  expect(filesIn(join(cli.folder, 'out'))).toEqual([])
})
