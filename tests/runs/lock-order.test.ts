import { expect, setDefaultTimeout, test } from 'bun:test'
import { FakeClock } from '../support/fake-clock.ts'
import { migratedDatabase } from '../support/migrated-database.ts'
import { heldRun, inShort, newRun, readLog, recording } from '../support/runs.ts'

setDefaultTimeout(120_000)

// In which of the two directions they meet depends on the runs' ids.
test.each([0, 1])(
  'a write that settles run %i and goes on with another shares locks with a heartbeat',
  async settled => {
    await using opened = await migratedDatabase('postgres')
    const { database } = opened
    const heartbeat = await opened.openAgain()
    const clock = new FakeClock()
    const runs = [newRun(), newRun()] as const
    for (const run of runs) await heldRun(database, clock, run)
    expect(runs[0].jobId < runs[1].jobId).toBe(true)
    await using recording_ = recording(database, clock)
    const logs = runs.map(run => recording_.open(run))
    let written: Promise<unknown> = Promise.resolve()
    await heartbeat.transaction(async tx => {
      const lock = (id: string) => tx.query('select id from jobs where id = $1 for update', [id])
      await lock(runs[0].jobId)
      for (const log of logs) log.text(1, 'a')
      written = Promise.all(
        logs.map((log, index) => (index === settled ? log.settle({ kind: 'interrupted' }) : log.durable())),
      )
      const waits = `select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`
      while ((await database.query(waits, [])).length === 0);
      await lock(runs[1].jobId)
    })
    await written
    for (const run of runs) {
      expect(inShort(await readLog(database, run))).toEqual(['1 run.created', '2 text.delta a'])
    }
    await database.query('select pg_stat_clear_snapshot()', [])
    const [row] = await database.query<{ deadlocks: number }>(
      'select deadlocks from pg_stat_database where datname = current_database()',
      [],
    )
    expect(row?.deadlocks).toBe(0)
  },
)
