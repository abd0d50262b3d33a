import { Database } from 'bun:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { callOf, must, type PageView, type RunView, startStage } from '../api/stage.ts'
import { testsOfProcesses } from '../lifecycle/processes.ts'
import { until } from '../lifecycle/world.ts'
import { type Cli, openCli } from '../support/cli.ts'
import { createDatabase, type Engine, engines, type TestDatabase } from '../support/database.ts'
import { openUrl } from '../support/migrated-database.ts'
import { startService } from '../support/service.ts'
import { filesIn, useS3 } from './places.ts'

testsOfProcesses()

const query = async <Row>(url: string, text: string): Promise<Row[]> => {
  const { database, close } = await openUrl(url, 2)
  try {
    return [...(await database.query<Row>(text, []))]
  } finally {
    await close()
  }
}

const ending = { sqlite: 'db', postgres: 'dump' } as const

describe.each(engines)('what is restored on %s', engine => {
  const s3 = useS3()

  test('runs all that was queued, scheduled and under way in the service it was made of', async () => {
    await using cli = await openCli()
    await using restored = await createDatabase(engine)
    await using stage = await startStage(engine, { WORKER_CONCURRENCY: '4', LEASE_SECONDS: '5' })
    const { provider } = stage
    // Four runs hold all the room there is, in the middle of an answer; the others wait behind them.
    const agent = await stage.agent(Array.from({ length: 4 }, () => ({ text: ['half ', 'an answer'], hold: true })))
    const held = await Promise.all(Array.from({ length: 4 }, () => stage.run({ agent })))
    const exchanges = await Promise.all([1, 2, 3, 4].map(number => provider.request(agent, number)))
    for (const exchange of exchanges) exchange.release(1)
    const queued = await Promise.all(Array.from({ length: 12 }, (_, index) => stage.run({ input: `queued ${index}` })))
    const later = await stage.run({ input: 'later', delay_seconds: 5 })
    await Promise.all(
      held.map(({ id }) =>
        until('half of it is stored', async () => (await stage.events(id)).some(({ type }) => type === 'text.delta')),
      ),
    )

    const made = await cli.run(['backup', 's3://backups/whole', '--json'], {
      env: { DATABASE_URL: stage.database.url, ...s3().env },
    })
    expect(made.code).toBe(0)
    const known = (await stage.call<PageView<RunView>>('GET', '/v1/runs?limit=100')).body.data
    expect(known.filter(({ status }) => status === 'queued')).toHaveLength(13)
    // The service is lost, with its disk.
    await stage.service.stop('SIGKILL')

    const back = await cli.run(['restore', JSON.parse(made.stdout).location], {
      env: { DATABASE_URL: restored.url, ...s3().env },
    })
    expect({ code: back.code, stderr: back.stderr }).toEqual({ code: 0, stderr: '' })
    await using service = await startService({
      env: { DATABASE_URL: restored.url, FAKE_BASE_URL: provider.baseUrl, LEASE_SECONDS: '5' },
    })
    const call = callOf(service)
    const finished = async ({ id }: RunView) => (await must(200, call<RunView>('GET', `/v1/runs/${id}/wait`))).body
    for (const run of [...queued, later]) {
      expect(await finished(run)).toMatchObject({ status: 'completed', output: run.input })
    }
    for (const run of held) expect(await finished(run)).toMatchObject({ status: 'completed', attempt: 2 })
    expect((await call<PageView<RunView>>('GET', '/v1/runs?limit=100')).body.data).toHaveLength(17)
    const audit = await cli.run(['audit', 'verify'], { env: { DATABASE_URL: restored.url } })
    expect(audit.code).toBe(0)
    const entries = (await call<PageView<object>>('GET', '/v1/audit?action=backup.restored')).body.data
    expect(entries).toMatchObject([{ actor: 'operator', action: 'backup.restored' }])
  })

  describe('refuses, and changes nothing:', () => {
    let cli: Cli
    let full: TestDatabase
    let file: string
    beforeAll(async () => {
      cli = await openCli()
      full = await createDatabase(engine)
      file = join(cli.folder, `backup.${ending[engine]}`)
      await cli.run(['keys', 'create', 'first'], { env: { DATABASE_URL: full.url } })
      expect((await cli.run(['backup', file], { env: { DATABASE_URL: full.url } })).code).toBe(0)
    })
    afterAll(async () => {
      await full?.[Symbol.asyncDispose]()
      await cli?.[Symbol.asyncDispose]()
    })

    const restore = (url: string, ...words: string[]) => cli.run(['restore', ...words], { env: { DATABASE_URL: url } })
    const names = async (url: string) =>
      (await query<{ name: string }>(url, 'select name from api_keys order by name')).map(({ name }) => name)

    test('a database that is not empty, unless forced; then what was there is kept', async () => {
      await cli.run(['keys', 'create', 'second'], { env: { DATABASE_URL: full.url } })
      const refused = await restore(full.url, file)
      expect(refused.code).toBe(1)
      expect(refused.stderr).toContain('--force')
      expect(await names(full.url)).toEqual(['first', 'second'])

      const forced = await restore(full.url, file, '--force')
      expect({ code: forced.code, stderr: forced.stderr }).toEqual({ code: 0, stderr: '' })
      expect(await names(full.url)).toEqual(['first'])
      const kept = /What was there before is kept as (?:the schema )?(.+)\.\n$/.exec(forced.stdout)?.[1] ?? ''
      expect(await namesKept(engine, full, kept)).toEqual(['first', 'second'])
      // And once more: what was kept is in nobody's way.
      expect((await cli.run(['backup', `${file}.2`], { env: { DATABASE_URL: full.url } })).code).toBe(0)
      await using another = await createDatabase(engine)
      expect((await restore(another.url, `${file}.2`)).code).toBe(0)
      expect(await names(another.url)).toEqual(['first'])
    })

    test('a database that a process serves', async () => {
      await using service = await startService({ env: { DATABASE_URL: full.url } })
      const { code, stderr } = await restore(full.url, file, '--force')
      expect(code).toBe(1)
      expect(stderr).toMatch(/process (serves|uses)/i)
      expect((await fetch(`${service.url}/ready`)).status).toBe(200)
    })

    test('a backup that was changed', async () => {
      await using empty = await createDatabase(engine)
      const bytes = await Bun.file(file).bytes()
      bytes[Math.floor(bytes.length / 2)] = (bytes[Math.floor(bytes.length / 2)] ?? 0) ^ 0xff
      const changed = join(cli.folder, `changed.${ending[engine]}`)
      await Bun.write(changed, bytes)
      await Bun.write(`${changed}.sha256`, Bun.file(`${file}.sha256`))
      const { code, stderr } = await restore(empty.url, changed)
      expect({ code, stderr }).toEqual({ code: 1, stderr: `${changed} is damaged: its SHA-256 is another.\n` })
      await expectEmpty(empty)
    })

    test('half a backup, also where no digest tells', async () => {
      await using empty = await createDatabase(engine)
      const cut = join(cli.folder, `cut.${ending[engine]}`)
      await Bun.write(cut, (await Bun.file(file).bytes()).slice(0, -20_000))
      const { code, stderr } = await restore(empty.url, cut)
      expect(code).toBe(1)
      expect(stderr).toContain('damaged')
      await expectEmpty(empty)
    })

    test('what is no backup, is of the other engine, or is not there', async () => {
      await using empty = await createDatabase(engine)
      const notes = join(cli.folder, 'notes.txt')
      await Bun.write(notes, 'These are my notes.')
      const other = join(cli.folder, 'other')
      await Bun.write(other, engine === 'sqlite' ? 'PGDMP\x01\x0e\x00' : 'SQLite format 3\x00')
      for (const [from, reason] of [
        [notes, 'is no backup'],
        [other, 'and DATABASE_URL is of'],
        [join(cli.folder, 'nowhere.db'), 'There is no'],
      ] as const) {
        const { code, stderr } = await restore(empty.url, from)
        expect(code).toBe(1)
        expect(stderr).toContain(reason)
      }
      await expectEmpty(empty)
    })
  })
})

test('a backup of a newer version is refused', async () => {
  await using cli = await openCli()
  await cli.run(['migrate'])
  await cli.run(['backup', 'newer.db'])
  const path = join(cli.folder, 'newer.db')
  {
    using newer = new Database(path)
    newer.run('PRAGMA user_version = 999')
  }
  await Bun.file(`${path}.sha256`).delete()
  const { code, stderr } = await cli.run(['restore', 'newer.db'], {
    env: { DATABASE_URL: 'sqlite:./new/bunkhouse.db' },
  })
  expect(code).toBe(1)
  expect(stderr).toContain('The database is at migration 999')
  expect(filesIn(join(cli.folder, 'new')).filter(name => name !== 'bunkhouse.db.lock')).toEqual([])
})

test('where the restored one is missing, but its log is still there, that log is not read', async () => {
  await using cli = await openCli()
  await cli.run(['keys', 'create', 'first'])
  await cli.run(['backup', 'copy.db'])
  await Bun.write(join(cli.folder, 'new/bunkhouse.db-wal'), 'x'.repeat(100_000))
  const env = { DATABASE_URL: 'sqlite:./new/bunkhouse.db' }
  expect((await cli.run(['restore', 'copy.db'], { env })).code).toBe(0)
  expect((await cli.run(['keys', 'list'], { env })).stdout).toContain('first')
})

async function expectEmpty({ engine, url }: TestDatabase): Promise<void> {
  if (engine === 'sqlite') {
    const path = url.slice('sqlite:'.length)
    expect(filesIn(join(path, '..')).filter(name => name !== 'bunkhouse.db.lock')).toEqual([])
  } else expect(await query(url, `select 1 from pg_class where relnamespace = 'public'::regnamespace`)).toEqual([])
}

async function namesKept(engine: Engine, { url }: TestDatabase, kept: string): Promise<string[]> {
  if (engine === 'sqlite') {
    using file = new Database(kept, { readonly: true })
    return file
      .query<{ name: string }, []>('select name from api_keys order by name')
      .all()
      .map(({ name }) => name)
  }
  const rows = await query<{ name: string }>(url, `select name from ${kept}.api_keys order by name`)
  return rows.map(({ name }) => name)
}
