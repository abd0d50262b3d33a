import { describe, expect, test } from 'bun:test'
import { changeQueue, readQueue, readQueues, unlimitedQueue } from '../../src/queue/queue-settings.ts'
import { engines } from '../support/database.ts'
import { newQueue } from '../support/jobs.ts'
import { sharedDatabase } from '../support/migrated-database.ts'

describe.each(engines)('the settings of a queue on %s', engine => {
  const opened = sharedDatabase(engine)
  const now = 1_700_000_000_000

  test('are none until somebody sets them', async () => {
    const queue = newQueue()
    expect(await readQueue(opened().database, queue)).toEqual(unlimitedQueue(queue))
    expect(await readQueues(opened().database, [queue])).toEqual([])
  })

  test('keep what a change does not name', async () => {
    const { database } = opened()
    const queue = newQueue()
    const change = (patch: Parameters<typeof changeQueue>[2]) =>
      database.transaction(tx => changeQueue(tx, queue, patch, now))
    const rate = { limit: 10, periodMs: 1_000 }
    await change({ concurrency: 5, keyConcurrency: 1, depthLimit: 100 })
    await change({ rate, keyRate: { limit: 1, periodMs: 60_000 }, pausedAt: now })
    const changed = await change({ concurrency: null, keyRate: null })
    expect(changed).toEqual({
      name: queue,
      pausedAt: now,
      concurrency: null,
      keyConcurrency: 1,
      rate,
      keyRate: null,
      depthLimit: 100,
    })
    expect(await readQueue(database, queue)).toEqual(changed)
  })

  test('are read of all queues that have any, by name', async () => {
    const { database } = opened()
    const names = [newQueue(), newQueue()].sort()
    for (const name of names) await database.transaction(tx => changeQueue(tx, name, { concurrency: 1 }, now))
    const read = (await readQueues(database)).map(settings => settings.name)
    expect(read.filter(name => names.includes(name))).toEqual(names)
  })
})
