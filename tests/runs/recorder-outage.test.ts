import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { join } from 'node:path'
import { migrate } from '../../src/db/migrate.ts'
import { openSqlite } from '../../src/db/sqlite.ts'
import { LeaseLost } from '../../src/queue/abort-reason.ts'
import { readRun } from '../../src/runs/read-run.ts'
import { engines } from '../support/database.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { readJob } from '../support/jobs.ts'
import { failOnTimersLeft } from '../support/leaks.ts'
import { migratedDatabase, openUrl, sharedDatabase } from '../support/migrated-database.ts'
import { heldRun, inShort, readLog, recording } from '../support/runs.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { temporaryFiles } from '../support/temporary-files.ts'
import { answerLost, held, TroubledDatabase, unavailable } from '../support/troubled-database.ts'

setDefaultTimeout(120_000)
failOnTimersLeft()

const usage = { input_tokens: 0, output_tokens: 0, total_tokens: 0, cost_usd: 0 }

describe.each(engines)('without its database the recorder on %s', engine => {
  const opened = sharedDatabase(engine)
  const clock = new FakeClock()

  /** A recorder whose database can be got into trouble, and the log of a run. */
  async function recordingRun(given: Parameters<typeof heldRun>[2] = {}) {
    const database = new TroubledDatabase(opened().database)
    const run = await heldRun(database, clock, given)
    const started = recording(database, clock)
    return { ...started, database, run, log: started.open(run), shown: shownOf(started.hub, run.id) }
  }

  test('keeps what it is told, says so, and writes it once when the database is back', async () => {
    await using recording_ = await recordingRun()
    const { database, log, run, facts, shown } = recording_
    database.outage = true
    log.text(1, 'a')
    await facts.until('events.delayed')
    for (const text of ['b', 'c']) log.text(1, text)
    const durable = log.durable()
    await facts.until('events.delayed', () => facts.all('events.delayed').length >= 3)
    expect(shown).toEqual([])
    database.outage = false
    await durable
    const all = ['1 run.created', '2 text.delta a', '3 text.delta bc']
    expect(inShort(await readLog(opened().database, run))).toEqual(all)
    expect(shown).toEqual(all.slice(1))
  })

  test('tells how much is not on disk, and since when', async () => {
    await using recording_ = await recordingRun()
    const { database, log, recorder } = recording_
    const failing = held()
    database.next(run_ => failing.trouble(async () => unavailable(run_)))
    expect(recorder.backlog()).toEqual({ events: 0, oldestAt: null })
    const since = clock.now()
    log.text(1, 'a')
    await failing.entered
    clock.advance(5_000)
    log.text(1, 'b')
    expect(recorder.backlog()).toEqual({ events: 2, oldestAt: since })
    failing.release()
    await log.durable()
    expect(recorder.backlog()).toEqual({ events: 0, oldestAt: null })
  })

  test('tries no more often for being told more', async () => {
    await using recording_ = await recordingRun()
    const { database, log, facts } = recording_
    database.outage = true
    log.text(1, 'a')
    await facts.until('events.delayed')
    const [tried, said] = [database.transactions, 'x'.repeat(200)]
    for (const text of said) {
      log.text(1, text)
      await new Promise(setImmediate)
    }
    expect(database.transactions - tried).toBeLessThan(20)
    database.outage = false
    await log.durable()
  })

  test('answers whoever begins to wait while a write fails', async () => {
    await using recording_ = await recordingRun()
    const { database, log, run } = recording_
    const failing = held()
    database.next(run_ => failing.trouble(async () => unavailable(run_)))
    log.text(1, 'a')
    await failing.entered
    log.text(1, 'b')
    const durable = log.durable()
    failing.release()
    await durable
    expect(inShort(await readLog(database, run))).toEqual(['1 run.created', '2 text.delta a', '3 text.delta b'])
  })

  test('writes what was said while a write failed, though nobody waits for it', async () => {
    await using recording_ = await recordingRun()
    const { database, log, run, hub } = recording_
    const failing = held()
    const both = Promise.withResolvers<void>()
    hub.watch(run.id, { stored: events => events.at(-1)?.seq === 3 && both.resolve(), hinted: () => {} })
    database.next(run_ => failing.trouble(async () => unavailable(run_)))
    log.text(1, 'a')
    await failing.entered
    log.text(1, 'b')
    failing.release()
    await both.promise
  })

  test('writes events once whose commit was never answered', async () => {
    await using recording_ = await recordingRun()
    const { database, log, run, shown } = recording_
    database.next(answerLost, unavailable, answerLost)
    log.update({ status: 'running', attempt: 1 })
    log.append({ type: 'run.started', data: { attempt: 1 } })
    log.text(1, 'a')
    await log.durable()
    log.text(1, 'b')
    await log.durable()
    const all = ['1 run.created', '2 run.started', '3 text.delta a', '4 text.delta b']
    expect(inShort(await readLog(database, run))).toEqual(all)
    expect(shown).toEqual(all.slice(1))
    expect((await readRun(database, run.id))?.status).toBe('running')
  })

  test('writes messages once whose commit was never answered', async () => {
    const threadId = `thr_${crypto.randomUUID()}`
    await using recording_ = await recordingRun({ threadId })
    const { database, log } = recording_
    const message = { tenantId: 'default', threadId, runId: null, role: 'user' as const, createdAt: 0 }
    log.addMessages(['a', 'b'].map(content => ({ ...message, id: `${threadId} ${content}`, content })))
    database.next(answerLost)
    await log.durable()
    const rows = await database.query(`select position, content from messages where thread_id = '${threadId}'`, [])
    expect(rows.map(row => Object.values(Object(row)))).toEqual([
      [1, '"a"'],
      [2, '"b"'],
    ])
  })

  test('takes an end whose commit was never answered for lost, and it is written, once', async () => {
    await using recording_ = await recordingRun()
    const { database, log, run, hub } = recording_
    const hinted = Promise.withResolvers<void>()
    hub.watch(run.id, { stored: () => {}, hinted: hinted.resolve })
    log.append({ type: 'run.completed', data: { output: 'done', usage } })
    log.update({ status: 'completed', output: 'done', finishedAt: clock.now() })
    database.next(answerLost)
    await expect(log.settle({ kind: 'completed' })).rejects.toThrow(LeaseLost)
    // Whoever reads along is told to look.
    await hinted.promise
    expect(inShort(await readLog(database, run))).toEqual(['1 run.created', '2 run.completed'])
    expect(await readRun(database, run.id)).toMatchObject({ status: 'completed', output: 'done' })
    expect(await readJob(database, run.jobId)).toMatchObject({ state: 'completed', attempt: 1 })
  })

  test('loses a run that somebody took over in the meantime', async () => {
    await using recording_ = await recordingRun()
    const { database, log, run, facts } = recording_
    database.outage = true
    log.text(1, 'a')
    const durable = log.durable()
    await facts.until('events.delayed')
    await opened().database.transaction(tx => tx.query(`update jobs set attempt = 2 where id = '${run.jobId}'`, []))
    database.outage = false
    await expect(durable).rejects.toThrow(LeaseLost)
    expect(inShort(await readLog(database, run))).toEqual(['1 run.created'])
  })

  test('keeps each run’s events in order through any troubles', async () => {
    const database = new TroubledDatabase(opened().database)
    await using recording_ = recording(database, clock)
    const runs = await Promise.all(Array.from({ length: 5 }, () => heldRun(database, clock)))
    const logs = runs.map(run => recording_.open(run))
    for (let round = 0; round < 3; round++) {
      database.next(round === 1 ? answerLost : unavailable)
      for (const log of logs) log.append({ type: 'run.started', data: { attempt: round } })
      if (round % 2 === 0) await Promise.all(logs.map(log => log.durable()))
    }
    await Promise.all(logs.map(log => log.durable()))
    for (const run of runs) {
      const attempts = (await readLog(database, run)).slice(1).map(event => [event.seq, JSON.parse(event.data).attempt])
      expect(attempts).toEqual([0, 1, 2].map(attempt => [attempt + 2, attempt]))
    }
  })
})

test('the recorder outlives a Postgres that goes away in the middle of streams', async () => {
  await using opened = await migratedDatabase('postgres')
  const { hostname, port, pathname } = new URL(opened.url)
  await using proxy = await startTcpProxy({ host: hostname, port: Number(port) })
  const { database, close } = await openUrl(`postgres://bunkhouse@127.0.0.1:${proxy.port}${pathname}`)
  const clock = new FakeClock()
  const runs = await Promise.all(Array.from({ length: 10 }, () => heldRun(opened.database, clock)))
  {
    await using recording_ = recording(database, clock)
    const logs = runs.map(run => recording_.open(run))
    const say = (text: string) => {
      for (const log of logs) log.text(1, text)
    }
    say('a')
    await logs[0]?.durable()
    say('b')
    await proxy.cut()
    say('c')
    await recording_.facts.until('events.delayed')
    say('d')
    await proxy.restore()
    await Promise.all(logs.map(log => log.durable()))
  }
  for (const run of runs) {
    const events = (await readLog(opened.database, run)).slice(1)
    expect(events.map(event => JSON.parse(event.data).text).join('')).toBe('abcd')
    expect(events.map(event => event.seq)).toEqual(events.map((_, index) => index + 2))
  }
  await close()
})

test('the recorder keeps what does not fit on a full disk until there is room', async () => {
  using folder = temporaryFiles()
  const database = openSqlite(join(folder.path, 'test.db'))
  await migrate(database)
  const clock = new FakeClock()
  const run = await heldRun(database, clock)
  {
    await using recording_ = recording(database, clock)
    const log = recording_.open(run)
    const [pages] = await database.query<{ page_count: number }>('PRAGMA page_count', [])
    database.writer.run(`PRAGMA max_page_count = ${(pages?.page_count ?? 0) + 2}`)
    const large = 'x'.repeat(100_000)
    log.text(1, large)
    await recording_.facts.until('events.delayed')
    database.writer.run('PRAGMA max_page_count = 100000')
    await log.durable()
    expect((await readLog(database, run)).map(event => event.data.length > 100_000)).toEqual([false, true])
  }
  await database.close()
})

/** In short, all that watchers of a run are shown. */
function shownOf(hub: ReturnType<typeof recording>['hub'], runId: string): string[] {
  const shown: string[] = []
  hub.watch(runId, { stored: events => shown.push(...inShort(events)), hinted: () => {} })
  return shown
}
