import { Database as Sqlite } from 'bun:sqlite'
import { expect, test } from 'bun:test'
import { mkdirSync, readdirSync, readlinkSync, watch } from 'node:fs'
import { dirname } from 'node:path'
import { readWhole } from './event-reader.ts'
import { startToFail } from './failing-start.ts'
import { testsOfProcesses } from './processes.ts'
import { getRun, startRun } from './runs.ts'
import { makeWorld, until, type World } from './world.ts'

testsOfProcesses()

/** Writes to the folder of a new SQLite database, from its lock to the first agents in it. */
const writes = 15

test.concurrent('a start that is killed at any of its writes to a SQLite file leaves one that the next start serves', async () => {
  for (let write = 1; write <= writes; write++) {
    await using world = await makeWorld('sqlite')
    mkdirSync(folderOf(world), { recursive: true })
    const { process, ended } = startToFail(world.env)
    let seen = 0
    const watcher = watch(folderOf(world), () => {
      seen++
      if (seen === write) process.kill('SIGKILL')
    })
    expect((await ended).status).toBe(null)
    watcher.close()
    await expectToServe(world)
    expect(await world.sql('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }])
  }
})

// Only there can one process see which files another one has open.
test.concurrent.skipIf(process.platform !== 'linux')(
  'a start that is killed as it waits for the lock to migrate a SQLite file leaves one that the next start serves',
  async () => {
    await using world = await makeWorld('sqlite')
    const path = fileOf(world)
    mkdirSync(folderOf(world), { recursive: true })
    using other = new Sqlite(path, { create: true })
    other.run('PRAGMA journal_mode = WAL')
    other.run('BEGIN IMMEDIATE')
    const { process, ended } = startToFail(world.env)
    await until('it has opened the file to write and to read', async () => timesOpen(process.pid, path) === 2)
    process.kill('SIGKILL')
    expect(await ended).toEqual({ status: null, output: '' })
    other.run('ROLLBACK')
    await expectToServe(world)
  },
)

// Each lies in the way of another statement of the migration.
test.concurrent.each([
  ['before its first statement', 'select pg_advisory_xact_lock(7263548811)'],
  ['at its second table', 'create table agents (id int)'],
  ['at its last table', 'create table idempotency_keys (id int)'],
])('a migration on postgres that is killed %s leaves nothing behind', async (_where, obstacle) => {
  await using world = await makeWorld('postgres')
  const lock = await world.lock(obstacle)
  const { process, ended } = startToFail(world.env)
  await lock.awaited()
  process.kill('SIGKILL')
  expect((await ended).output).not.toContain('listening')
  await lock.release()
  await expectToServe(world)
})

const fileOf = (world: World): string => world.database.url.slice('sqlite:'.length)

const folderOf = (world: World): string => dirname(fileOf(world))

const timesOpen = (pid: number, path: string): number =>
  readdirSync(`/proc/${pid}/fd`).filter(fd => openFile(`/proc/${pid}/fd/${fd}`) === path).length

function openFile(link: string): string | null {
  try {
    return readlinkSync(link)
  } catch {
    return null // closed meanwhile
  }
}

async function expectToServe(world: World): Promise<void> {
  const service = await world.start()
  expect((await service.request('GET', '/ready')).status).toBe(200)
  const runId = await startRun(service, { agent: 'echo', input: 'hello' })
  await readWhole(service, runId)
  expect(await getRun(service, runId)).toMatchObject({ status: 'completed', output: 'hello' })
  await service.stop()
}
