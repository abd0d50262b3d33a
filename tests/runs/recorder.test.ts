import { describe, expect, test } from 'bun:test'
import { LeaseLost } from '../../src/queue/abort-reason.ts'
import { readRun } from '../../src/runs/read-run.ts'
import { engines } from '../support/database.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { readJob } from '../support/jobs.ts'
import { failOnTimersLeft } from '../support/leaks.ts'
import { sharedDatabase } from '../support/migrated-database.ts'
import { heldRun, inShort, readLog, recording, takeOver } from '../support/runs.ts'
import { held, type Trouble, TroubledDatabase } from '../support/troubled-database.ts'

failOnTimersLeft()

const usage = { input_tokens: 0, output_tokens: 0, total_tokens: 0, cost_usd: 0 }

describe.each(engines)('the recorder on %s', engine => {
  const opened = sharedDatabase(engine)
  const clock = new FakeClock()

  test('stores events before anybody sees them', async () => {
    let committed = 0
    const counting: Trouble = async run => {
      const result = await run()
      committed++
      return result
    }
    const database = new TroubledDatabase(opened().database)
    await using recording_ = recording(database, clock)
    const run = await heldRun(database, clock)
    database.next(counting, counting, counting)
    const log = recording_.open(run)
    const seen: { types: string[]; committed: number; stored: Promise<string[]> }[] = []
    recording_.hub.watch(run.id, {
      stored: events => {
        const stored = readLog(opened().database, run).then(inShort)
        seen.push({ types: inShort(events), committed, stored })
      },
      hinted: () => {},
    })
    for (const text of ['a', 'b', 'c']) {
      log.text(1, text)
      await log.durable()
    }
    expect(seen.map(({ types }) => types)).toEqual([['2 text.delta a'], ['3 text.delta b'], ['4 text.delta c']])
    expect(seen.map(one => one.committed)).toEqual([1, 2, 3])
    for (const { types, stored } of seen) expect(await stored).toEqual(expect.arrayContaining(types))
  })

  test('gives watchers the run as it is with the events', async () => {
    const { database } = opened()
    await using recording_ = recording(database, clock)
    const run = await heldRun(database, clock)
    const log = recording_.open(run)
    const seen: string[] = []
    recording_.hub.watch(run.id, { stored: (_events, { status }) => seen.push(status), hinted: () => {} })
    log.update({ status: 'running', attempt: 1, startedAt: clock.now() })
    log.append({ type: 'run.started', data: { attempt: 1 } })
    await log.durable()
    log.append({ type: 'run.completed', data: { output: 'done', usage } })
    log.update({ status: 'completed', output: 'done', finishedAt: clock.now() })
    await log.settle({ kind: 'completed' })
    expect(seen).toEqual(['running', 'completed'])
  })

  test('writes the end of a run as one: events, row, messages and job', async () => {
    const { database } = opened()
    await using recording_ = recording(database, clock)
    const threadId = `thr_${crypto.randomUUID()}`
    const run = await heldRun(database, clock, { threadId })
    const log = recording_.open(run)
    log.append({ type: 'run.completed', data: { output: { answer: 'é' }, usage } })
    log.update({
      status: 'completed',
      output: { answer: 'é' },
      finishedAt: clock.now(),
      inputTokens: 5,
      outputTokens: 6,
      costUsd: 0.25,
    })
    const said = ['question', 'answer'].map((content, index) => ({
      id: `${threadId} ${index}`,
      tenantId: 'default',
      threadId,
      runId: run.id,
      role: index === 0 ? ('user' as const) : ('assistant' as const),
      content,
      createdAt: clock.now(),
    }))
    log.addMessages(said)
    await log.settle({ kind: 'completed' })
    expect(await readRun(database, run.id)).toEqual({
      ...run,
      status: 'completed',
      output: { answer: 'é' },
      finishedAt: clock.now(),
      inputTokens: 5,
      outputTokens: 6,
      costUsd: 0.25,
    })
    expect(inShort(await readLog(database, run))).toEqual(['1 run.created', '2 run.completed'])
    expect(await readJob(database, run.jobId)).toMatchObject({ state: 'completed', finishedAt: clock.now() })
    const { messages } = database.tables
    const rows = await database.orm.select().from(messages).orderBy(messages.threadId, messages.position)
    expect(rows.filter(row => row.threadId === threadId)).toEqual(
      said.map((message, index) => ({ ...message, position: index + 1 })),
    )
  })

  test('flushes a first delta at once, by itself', async () => {
    const database = new TroubledDatabase(opened().database)
    await using recording_ = recording(database, clock)
    const run = await heldRun(database, clock)
    const log = recording_.open(run)
    const stored = Promise.withResolvers<string[]>()
    recording_.hub.watch(run.id, { stored: events => stored.resolve(inShort(events)), hinted: () => {} })
    const before = database.transactions
    log.text(1, 'first')
    expect(await stored.promise).toEqual(['2 text.delta first'])
    expect(database.transactions - before).toBe(1)
  })

  test('merges deltas that come while a flush is under way', async () => {
    const database = new TroubledDatabase(opened().database)
    await using recording_ = recording(database, clock)
    const run = await heldRun(database, clock)
    const log = recording_.open(run)
    const flush = held()
    database.next(flush.trouble)
    log.text(1, 'first')
    await flush.entered
    for (const text of ['a', 'b', 'c', 'd']) log.text(1, text)
    flush.release()
    await log.durable()
    expect(inShort(await readLog(database, run))).toEqual(['1 run.created', '2 text.delta first', '3 text.delta abcd'])
  })

  test('lets deltas of many runs share a commit, and lets nobody wait for them who need not', async () => {
    const database = new TroubledDatabase(opened().database)
    await using recording_ = recording(database, clock)
    const runs = await Promise.all(Array.from({ length: 20 }, () => heldRun(database, clock)))
    const logs = runs.map(run => recording_.open(run))
    const before = database.transactions
    for (const text of ['a', 'b']) for (const log of logs) log.text(1, text)
    await Promise.all(logs.map(log => log.durable()))
    expect(database.transactions - before).toBe(1)
    for (const run of runs) expect(inShort(await readLog(database, run))).toEqual(['1 run.created', '2 text.delta ab'])
  })

  test('stores what is waited for without the pause that deltas make', async () => {
    const database = new TroubledDatabase(opened().database)
    await using recording_ = recording(database, clock)
    const slow: Trouble = async run => {
      // As a slow disk has it: the pause after this is the longest there is.
      const until = performance.now() + 30
      while (performance.now() < until) await new Promise(setImmediate)
      return run()
    }
    /** Whether an end was stored before a delta that came before it. */
    const overtakes = async () => {
      const [streaming, finishing] = [await heldRun(database, clock), await heldRun(database, clock)]
      const [deltas, end] = [recording_.open(streaming), recording_.open(finishing)]
      const first = Promise.withResolvers<void>()
      recording_.hub.watch(streaming.id, { stored: () => first.resolve(), hinted: () => {} })
      database.next(slow)
      deltas.text(1, 'a')
      await first.promise
      deltas.text(1, 'b')
      end.append({ type: 'run.started', data: { attempt: 1 } })
      await end.durable()
      expect(inShort(await readLog(database, finishing))).toEqual(['1 run.created', '2 run.started'])
      const stored = await readLog(database, streaming)
      await deltas.durable()
      expect(inShort(await readLog(database, streaming))).toEqual(['1 run.created', '2 text.delta a', '3 text.delta b'])
      return stored.length === 2
    }
    // The pause is short, and a busy machine may take longer for anything.
    let overtook = false
    for (let tries = 0; tries < 10 && !overtook; tries++) overtook = await overtakes()
    expect(overtook).toBe(true)
  })

  test('is not harmed by a watcher that throws', async () => {
    const { database } = opened()
    await using recording_ = recording(database, clock)
    const runs = [await heldRun(database, clock), await heldRun(database, clock)]
    const shown: string[] = []
    for (const run of runs) {
      const fails = run === runs[0]
      const stored = () => {
        shown.push(run.id)
        if (fails) throw new Error('no')
      }
      recording_.hub.watch(run.id, { stored, hinted: () => {} })
    }
    const logs = runs.map(run => recording_.open(run))
    for (const log of logs) {
      log.append({ type: 'run.completed', data: { output: null, usage } })
      log.update({ status: 'completed', finishedAt: clock.now() })
    }
    await Promise.all(logs.map(log => log.settle({ kind: 'completed' })))
    await recording_.facts.until('events.stored')
    expect(shown).toEqual(runs.map(run => run.id))
    expect(recording_.facts.all('loop.failed')).toMatchObject([{ loop: 'recorder' }])
  })

  test('lets one bad row fail alone, and only its own run', async () => {
    const database = new TroubledDatabase(opened().database)
    await using recording_ = recording(database, clock)
    const runs = await Promise.all(Array.from({ length: 5 }, () => heldRun(database, clock)))
    const logs = runs.map(run => recording_.open(run))
    const results = Promise.allSettled(
      logs.map((log, index) => {
        log.append({ type: 'run.started', data: { attempt: 1 } })
        // There must be a number: the row breaks a check.
        log.update({ inputTokens: index === 2 ? Number.NaN : index })
        return log.durable()
      }),
    )
    expect((await results).map(result => result.status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
    ])
    for (const [index, run] of runs.entries()) {
      const good = index !== 2
      expect(inShort(await readLog(database, run))).toEqual(
        good ? ['1 run.created', '2 run.started'] : ['1 run.created'],
      )
      expect((await readRun(database, run.id))?.inputTokens).toBe(good ? index : 0)
    }
  })

  test('writes nothing for an attempt that has lost its lease, and says so', async () => {
    const { database } = opened()
    await using recording_ = recording(database, clock)
    const run = await heldRun(database, clock)
    const other = await heldRun(database, clock)
    const [log, otherLog] = [recording_.open(run), recording_.open(other)]
    let hinted = 0
    const shown: string[] = []
    recording_.hub.watch(run.id, { stored: events => shown.push(...inShort(events)), hinted: () => hinted++ })
    await takeOver(database, run)
    log.update({ status: 'running', attempt: 1 })
    log.text(1, 'stale')
    otherLog.text(1, 'fresh')
    const [lost] = await Promise.allSettled([log.durable(), otherLog.durable()])
    expect(lost).toMatchObject({ status: 'rejected', reason: new LeaseLost('The lease was taken over.') })
    expect(inShort(await readLog(database, run))).toEqual(['1 run.created'])
    expect((await readRun(database, run.id))?.status).toBe('queued')
    expect(inShort(await readLog(database, other))).toEqual(['1 run.created', '2 text.delta fresh'])
    expect([shown, hinted]).toEqual([[], 1])
    // And once more, at its end.
    await expect(log.settle({ kind: 'completed' })).rejects.toThrow(LeaseLost)
    expect(await readJob(database, run.jobId)).toMatchObject({ state: 'running', attempt: 2 })
  })

  test('keeps an attempt that was taken over out of the log of the one in its place', async () => {
    const { database } = opened()
    await using recording_ = recording(database, clock)
    const run = await heldRun(database, clock)
    const stale = recording_.open(run)
    await takeOver(database, run)
    const fresh = recording_.open(run, { attempt: 2 })
    stale.text(1, 'stale')
    fresh.text(1, 'fresh')
    const [lost, kept] = await Promise.allSettled([stale.durable(), fresh.durable()])
    expect([lost.status, kept.status]).toEqual(['rejected', 'fulfilled'])
    expect(inShort(await readLog(database, run))).toEqual(['1 run.created', '2 text.delta fresh'])
  })

  test('ends a run that was to be tried again, but that somebody wants cancelled', async () => {
    const { database } = opened()
    await using recording_ = recording(database, clock)
    const run = await heldRun(database, clock)
    const log = recording_.open(run)
    await database.transaction(tx =>
      tx.query(`update jobs set cancel_requested_at = created_at where id = '${run.jobId}'`, []),
    )
    let hinted = 0
    recording_.hub.watch(run.id, { stored: () => {}, hinted: () => hinted++ })
    log.append({ type: 'run.retrying', data: { attempt: 1, reason: 'no', delay_seconds: 60 } })
    log.update({ status: 'queued', attempt: 1 })
    await log.settle({ kind: 'retry', delayMs: 60_000, message: 'no' })
    expect(inShort(await readLog(database, run))).toEqual(['1 run.created', '2 run.retrying', '3 run.cancelled'])
    expect(await readRun(database, run.id)).toMatchObject({ status: 'cancelled', finishedAt: clock.now() })
    expect(await readJob(database, run.jobId)).toMatchObject({ state: 'cancelled' })
    expect(hinted).toBe(1)
  })
})
