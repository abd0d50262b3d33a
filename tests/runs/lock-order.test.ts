import { expect, setDefaultTimeout, test } from 'bun:test'
import { FakeClock } from '../support/fake-clock.ts'
import { migratedDatabase } from '../support/migrated-database.ts'
import { heldRun, inShort, newRun, readLog, recording } from '../support/runs.ts'

setDefaultTimeout(20_000)

test('a write that settles one run and goes on with another does not lock itself out with a heartbeat', async () => {
  await using opened = await migratedDatabase('postgres')
  const { database } = opened
  const heartbeat = await opened.openAgain()
  const clock = new FakeClock()
  const [going, ending] = [newRun(), newRun()]
  await heldRun(database, clock, going)
  await heldRun(database, clock, ending)
  expect(going.jobId < ending.jobId).toBe(true)
  await using recording_ = recording(database, clock)
  const logs = [recording_.open(going), recording_.open(ending)]
  let written: Promise<unknown> = Promise.resolve()
  await heartbeat.transaction(async tx => {
    const lock = (id: string) => tx.query('select id from jobs where id = $1 for update', [id])
    await lock(going.jobId)
    for (const log of logs) log.text(1, 'a')
    written = Promise.all([logs[0]?.durable(), logs[1]?.settle({ kind: 'interrupted' })])
    const waits = `select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`
    while ((await database.query(waits, [])).length === 0);
    await lock(ending.jobId)
  })
  await written
  for (const run of [going, ending]) {
    expect(inShort(await readLog(database, run))).toEqual(['1 run.created', '2 text.delta a'])
  }
  await database.query('select pg_stat_clear_snapshot()', [])
  const [row] = await database.query<{ deadlocks: number }>(
    'select deadlocks from pg_stat_database where datname = current_database()',
    [],
  )
  expect(row?.deadlocks).toBe(0)
})
