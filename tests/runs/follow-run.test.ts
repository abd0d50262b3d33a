import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { LocalNotifier } from '../../src/db/notifier.ts'
import { RunHub } from '../../src/runs/hub.ts'
import { appendEvent } from '../../src/runs/sql/append-event.ts'
import { engines } from '../support/database.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { sharedDatabase } from '../support/migrated-database.ts'
import { type ReaderOptions, RunReader } from '../support/run-reader.ts'
import { heldRun, inShort, readLog, recording } from '../support/runs.ts'
import { held, TroubledDatabase } from '../support/troubled-database.ts'

setDefaultTimeout(120_000)

const usage = { input_tokens: 0, output_tokens: 0, total_tokens: 0, cost_usd: 0 }

describe.each(engines)('following a run on %s', engine => {
  const opened = sharedDatabase(engine)
  const clock = new FakeClock()

  /** A run that this process writes, with `say` to write one text and wait for it, and readers of it. */
  async function followed() {
    const database = new TroubledDatabase(opened().database)
    const run = await heldRun(database, clock)
    const { hub, open, ...rest } = recording(database, clock)
    const log = open(run)
    const say = (...texts: string[]) => {
      for (const text of texts) log.append({ type: 'run.interrupted', data: { attempt: 1, reason: text } })
      return log.durable()
    }
    const complete = () => {
      log.append({ type: 'run.completed', data: { output: null, usage } })
      log.update({ status: 'completed', finishedAt: clock.now() })
      return log.settle({ kind: 'completed' })
    }
    const read = (options: ReaderOptions = {}, status: typeof run.status = 'running') =>
      new RunReader({ database, hub }, { id: run.id, status }, options)
    /** What another process writes: this one is not told. */
    const sayElsewhere = (text: string) =>
      database.transaction(tx =>
        appendEvent(tx, run.id, { type: 'run.interrupted', data: { attempt: 1, reason: text } }, clock.now()),
      )
    return {
      ...rest,
      database,
      run,
      hub,
      log,
      say,
      sayElsewhere,
      complete,
      read,
      stored: () => readLog(opened().database, run),
    }
  }

  test('gives what is stored, then what is being stored, to the end', async () => {
    await using one = await followed()
    await one.say('a', 'b')
    const reader = one.read()
    await reader.until(3)
    await one.say('c')
    await one.say('d', 'e')
    await one.complete()
    await reader.ended
    expect(reader.events).toEqual(await one.stored())
    expect(reader.lastSeq).toBe(7)
  })

  test('begins after the cursor', async () => {
    await using one = await followed()
    await one.say('a', 'b', 'c')
    const reader = one.read({ after: 2 })
    await reader.until(4)
    await one.complete()
    await reader.ended
    expect(reader.events).toEqual((await one.stored()).slice(2))
  })

  test('waits for events that are not there yet', async () => {
    await using one = await followed()
    const reader = one.read({ after: 1 })
    await one.say('a')
    await reader.until(2)
    expect(inShort(reader.events)).toEqual(['2 run.interrupted'])
  })

  test('ends for a run that is over, also where nothing is left to tell', async () => {
    await using one = await followed()
    await one.complete()
    const [whole, rest] = [one.read({}, 'completed'), one.read({ after: 2 }, 'completed')]
    await Promise.all([whole.ended, rest.ended])
    expect(whole.events).toEqual(await one.stored())
    expect(rest.events).toEqual([])
  })

  test('tells everybody who follows, each from its own cursor', async () => {
    await using one = await followed()
    await one.say('a', 'b', 'c', 'd')
    const readers = [0, 1, 2, 3, 4, 5].map(after => one.read({ after }))
    await one.say('e')
    await one.complete()
    await Promise.all(readers.map(reader => reader.ended))
    const stored = await one.stored()
    for (const reader of readers) expect(reader.events).toEqual(stored.slice(reader.after))
  })

  test('reads what it was not told of before it passes on what comes after', async () => {
    await using one = await followed()
    const reader = one.read()
    await reader.until(1)
    // Another process writes two events; this one hears only of the third.
    await one.sayElsewhere('b')
    await one.sayElsewhere('c')
    const third = await one.sayElsewhere('d')
    const stored = await one.stored()
    one.hub.publish(one.run, stored.slice(third - 1))
    await reader.until(third)
    expect(reader.events).toEqual(stored)
  })

  test('passes nothing on twice', async () => {
    await using one = await followed()
    await one.say('a', 'b')
    const reader = one.read()
    await reader.until(3)
    const stored = await one.stored()
    for (const from of [0, 1, 2]) one.hub.publish(one.run, stored.slice(from))
    await one.say('c')
    await reader.until(4)
    expect(reader.events).toEqual(await one.stored())
  })

  test('passes on once, and all of it, what is stored while it reads', async () => {
    await using one = await followed()
    for (const when of ['before', 'after'] as const) {
      const reading = held(when)
      one.database.nextReading(reading.trouble)
      const reader = one.read()
      await reading.entered
      await one.say('a')
      await one.say('b')
      reading.release()
      const stored = await one.stored()
      await reader.until(stored.length)
      expect(reader.events).toEqual(stored)
      reader.following.stop()
    }
  })

  test('holds nothing for a reader that has no room: it reads on from the log when it has', async () => {
    await using one = await followed()
    const reader = one.read({ room: 1 })
    await reader.until(1)
    expect(reader.full).toBe(true)
    for (const text of ['a', 'b', 'c', 'd']) await one.say(text)
    one.hub.hint(one.run.id)
    expect(reader.pushes).toEqual([1])
    reader.more()
    await reader.until(5)
    expect(reader.pushes).toEqual([1, 4])
    await one.complete()
    expect(reader.pushes).toEqual([1, 4])
    reader.more()
    await reader.ended
    expect(reader.events).toEqual(await one.stored())
  })

  test('reads a long log page by page, as fast as its reader takes it', async () => {
    await using one = await followed()
    await one.say(...Array.from({ length: 950 }, (_, index) => String(index)))
    await one.complete()
    const slow = one.read({ room: 1 })
    for (let read = 0; read < 952; ) {
      await slow.until(read + 1)
      read = slow.lastSeq
      // No further page comes before it is asked for.
      await new Promise(setImmediate)
      expect(slow.lastSeq).toBe(read)
      slow.more()
    }
    await slow.ended
    const fast = one.read()
    await fast.ended
    const stored = await one.stored()
    expect(slow.events).toEqual(stored)
    expect(fast.events).toEqual(stored)
    expect(Math.max(...slow.pushes, ...fast.pushes)).toBeLessThanOrEqual(200)
  })

  test('looks when it is told by a hint that there may be more', async () => {
    await using one = await followed()
    const elsewhere = new RunHub(new LocalNotifier())
    const reader = new RunReader({ database: one.database, hub: elsewhere }, { id: one.run.id, status: 'running' })
    await reader.until(1)
    await one.say('a', 'b')
    elsewhere.hint('run_of_somebody_else')
    elsewhere.hint(one.run.id)
    await reader.until(3)
    await one.complete()
    elsewhere.hint(one.run.id)
    await reader.ended
    expect(reader.events).toEqual(await one.stored())
  })

  test('looks by itself now and then, also when no hint comes', async () => {
    if (engine === 'postgres') return
    await using one = await followed()
    const elsewhere = new RunHub(new LocalNotifier())
    const reader = new RunReader({ database: one.database, hub: elsewhere }, { id: one.run.id, status: 'running' })
    await reader.until(1)
    await one.complete()
    const begun = performance.now()
    const ended = reader.ended.then(() => true)
    const notYet = () => new Promise<false>(resolve => setImmediate(resolve, false))
    while (!(await Promise.race([ended, notYet()]))) reader.following.poll()
    expect(performance.now() - begun).toBeLessThan(20_000)
    expect(reader.events).toEqual(await one.stored())
  })

  test('is over when it is stopped', async () => {
    await using one = await followed()
    const reader = one.read()
    await reader.until(1)
    reader.following.stop()
    await one.say('a')
    reader.more()
    one.hub.hint(one.run.id)
    await one.complete()
    expect(reader.events).toHaveLength(1)
  })

  test('fails once when the log cannot be read, and hears no more', async () => {
    await using one = await followed()
    const reader = one.read({ after: 1 })
    await one.say('a')
    await reader.until(2)
    one.database.outage = true
    one.hub.hint(one.run.id)
    await expect(reader.ended).rejects.toThrow()
    one.database.outage = false
    await one.say('b')
    expect(inShort(reader.events)).toEqual(['2 run.interrupted'])
  })

  test('goes on when another watcher leaves while it is told', async () => {
    await using one = await followed()
    const good = one.read()
    await good.until(1)
    const stop = one.hub.watch(one.run.id, {
      stored: () => {
        stop()
      },
      hinted: () => {},
    })
    await one.say('a')
    await one.complete()
    await good.ended
    expect(good.events).toEqual(await one.stored())
  })
})
