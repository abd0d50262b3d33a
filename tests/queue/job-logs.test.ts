import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import type { Database } from '../../src/db/database.ts'
import { ClaimsInHand } from '../../src/queue/claims-in-hand.ts'
import { JobNotes } from '../../src/queue/job-notes.ts'
import { addLogLines, readJobLogs } from '../../src/queue/sql/job-logs.ts'
import { settleJobs } from '../../src/queue/sql/settle-jobs.ts'
import { engines } from '../support/database.ts'
import { FactLog } from '../support/fact-log.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { claim, readJob, running } from '../support/jobs.ts'
import { failOnTimersLeft } from '../support/leaks.ts'
import { sharedDatabase } from '../support/migrated-database.ts'
import { answerLost, TroubledDatabase, unavailable } from '../support/troubled-database.ts'
import { startedJob } from '../support/worker.ts'

setDefaultTimeout(120_000)
failOnTimersLeft()

const patiently = () => new AbortController().signal

describe.each(engines)('the log of a job on %s', engine => {
  const opened = sharedDatabase(engine)
  const clock = new FakeClock()
  const read = (id: string, after: { attempt: number; line: number } | null = null, limit = 10_000) =>
    readJobLogs(opened().database, id, after, limit)

  /** What an attempt says goes through this, as in a worker. */
  async function notesOf(database: Database, given: Parameters<typeof running>[2] = {}) {
    const job = await running(database, clock, given)
    const facts = new FactLog()
    const notes = new JobNotes({ database, clock, emit: facts.emit }, new ClaimsInHand(database, [], () => {}))
    return { job, facts, open: (attempt = job.attempt) => notes.open({ ...job, attempt }) }
  }

  test('holds every line of an attempt that has completed, and its last progress', async () => {
    const { database } = opened()
    await using started = await startedJob(database, {
      perform: async ({ log, progress }) => {
        for (let line = 1; line <= 20; line++) {
          log(`line ${line}`)
          progress({ done: line, of: 20 })
        }
      },
    })
    const { worker, job } = started
    await worker.stop(patiently())
    expect(await readJob(database, job.id)).toMatchObject({ state: 'completed', progress: { done: 20, of: 20 } })
    const lines = await read(job.id)
    expect(lines.map(({ attempt, line, message }) => [attempt, line, message])).toEqual(
      Array.from({ length: 20 }, (_, index) => [1, index + 1, `line ${index + 1}`]),
    )
    expect(new Set(lines.map(line => line.createdAt))).toEqual(new Set([started.clock.now()]))
  })

  test('is written while the attempt runs', async () => {
    const { database } = opened()
    const go = Promise.withResolvers<void>()
    await using started = await startedJob(database, {
      perform: ({ log, progress }) => {
        log('begun')
        progress(0.5)
        return go.promise
      },
    })
    const { worker, job } = started
    while ((await read(job.id)).length === 0) await new Promise(setImmediate)
    expect(await readJob(database, job.id)).toMatchObject({ state: 'running', progress: 0.5 })
    go.resolve()
    await worker.stop(patiently())
    expect(await read(job.id)).toMatchObject([{ message: 'begun' }])
  })

  test('tells when each line was said, not when it was written', async () => {
    const { open, job } = await notesOf(opened().database)
    const notes = open()
    const at = clock.now()
    notes.log('first')
    clock.advance(100)
    notes.log('second')
    clock.advance(50)
    await notes.close(true)
    expect((await read(job.id)).map(line => line.createdAt - at)).toEqual([0, 100])
  })

  test('takes nothing from an attempt that has lost its job', async () => {
    const { database } = opened()
    const { open, job } = await notesOf(database)
    const [stale, present] = [open(1), open(2)]
    await database.transaction(tx =>
      settleJobs(
        tx,
        [{ jobId: job.id, attempt: 1, outcome: { kind: 'retry', delayMs: 0, message: 'no' } }],
        clock.now(),
      ),
    )
    await claim(database, clock, job.queue)
    for (const [notes, said] of [
      [stale, 'stale'],
      [present, 'present'],
    ] as const) {
      notes.log(said)
      notes.progress(said)
    }
    await Promise.all([stale.close(true), present.close(true)])
    expect(await read(job.id)).toMatchObject([{ attempt: 2, line: 1, message: 'present' }])
    expect(await readJob(database, job.id)).toMatchObject({ progress: 'present' })
    const ended = open(2)
    await database.transaction(tx =>
      settleJobs(tx, [{ jobId: job.id, attempt: 2, outcome: { kind: 'completed' } }], clock.now()),
    )
    ended.log('too late')
    await ended.close(true)
    expect(await read(job.id)).toHaveLength(1)
  })

  test('goes on where an attempt that did not count is repeated', async () => {
    const { database } = opened()
    const { open, job } = await notesOf(database)
    const first = open()
    first.log('one')
    await first.close(true)
    await database.transaction(tx =>
      settleJobs(tx, [{ jobId: job.id, attempt: 1, outcome: { kind: 'interrupted' } }], clock.now()),
    )
    await claim(database, clock, job.queue)
    const again = open()
    again.log('two')
    await again.close(true)
    expect(await read(job.id)).toMatchObject([
      { attempt: 1, line: 1, message: 'one' },
      { attempt: 1, line: 2, message: 'two' },
    ])
  })

  test('keeps so many lines of an attempt, and says that there were more', async () => {
    const { open, job } = await notesOf(opened().database)
    const notes = open()
    for (let line = 1; line <= 600; line++) notes.log(`line ${line}`)
    await notes.write()
    for (let line = 601; line <= 1_500; line++) notes.log(`line ${line}`)
    await notes.close(true)
    const lines = await read(job.id)
    expect(lines).toHaveLength(1_001)
    expect(lines[999]).toMatchObject({ line: 1_000, message: 'line 1000' })
    expect(lines[1_000]).toMatchObject({
      line: 1_001,
      message: 'There were more lines than 1000: the others were left out.',
    })
    // Another process counts the same.
    const more = { jobId: job.id, attempt: 1, tenantId: 'default', message: 'more', agoMs: 0 }
    await opened().database.transaction(tx => addLogLines(tx, [more], clock.now()))
    expect(await read(job.id)).toHaveLength(1_001)
  })

  test.each([
    ['what Postgres keeps in no text', 'a\u0000b \ud83d', 'ab \ufffd'],
    ['more than anybody reads', 'x'.repeat(3_000), 'x'.repeat(2_000)],
  ])('keeps a line with %s', async (_what, said, kept) => {
    const { open, job } = await notesOf(opened().database)
    const notes = open()
    notes.log(said)
    await notes.close(true)
    expect(await read(job.id)).toMatchObject([{ message: kept }])
  })

  test('says so where a progress is too long to be kept', async () => {
    const { database } = opened()
    const { open, job } = await notesOf(database)
    const notes = open()
    notes.progress('short \u0000')
    notes.progress('x'.repeat(65_536))
    await notes.close(true)
    expect(await readJob(database, job.id)).toMatchObject({ progress: 'short \u0000' })
    expect(await read(job.id)).toMatchObject([
      { message: 'A progress of 65538 bytes was left out: at most 65536 are kept.' },
    ])
  })

  test('is read in pages, in order of attempts and lines', async () => {
    const { database } = opened()
    const { open, job } = await notesOf(database)
    for (const attempt of [1, 2]) {
      const notes = open(attempt)
      for (const line of ['a', 'b', 'c']) notes.log(`${attempt}${line}`)
      await notes.close(true)
      const outcome = { kind: 'retry', delayMs: 0, message: 'no' } as const
      await database.transaction(tx => settleJobs(tx, [{ jobId: job.id, attempt, outcome }], clock.now()))
      await claim(database, clock, job.queue)
    }
    const pages: string[][] = []
    let after: { attempt: number; line: number } | null = null
    for (;;) {
      const page: Awaited<ReturnType<typeof read>> = await read(job.id, after, 4)
      if (page.length === 0) break
      pages.push(page.map(line => line.message))
      after = page.at(-1) ?? null
    }
    expect(pages).toEqual([
      ['1a', '1b', '1c', '2a'],
      ['2b', '2c'],
    ])
  })

  test.each([
    ['is down', unavailable],
    ['gives no answer', answerLost],
  ])('is written later where the database %s', async (_what, trouble) => {
    const troubled = new TroubledDatabase(opened().database)
    const { open, job, facts } = await notesOf(troubled)
    const notes = open()
    notes.log('one')
    notes.progress(1)
    troubled.next(trouble)
    await notes.write()
    expect(facts.all('loop.failed')).toMatchObject([{ loop: 'job notes' }])
    notes.log('two')
    await notes.close(true)
    // A line whose write was not answered may be there twice: better than not at all.
    const lines = (await read(job.id)).map(line => line.message)
    expect(lines).toEqual(trouble === answerLost ? ['one', 'one', 'two'] : ['one', 'two'])
    expect(await readJob(opened().database, job.id)).toMatchObject({ progress: 1 })
  })

  test('goes with a job that is forgotten when it has completed', async () => {
    const { database } = opened()
    await using started = await startedJob(database, {
      kind: { forgetsCompleted: true },
      perform: async ({ job, log }) => {
        log(`attempt ${job.attempt}`)
        return job.attempt === 1 ? { kind: 'retry', delayMs: 0, message: 'no' } : { kind: 'completed' }
      },
    })
    const { worker, job, facts } = started
    await facts.until('job.attempted', fact => fact.outcome === 'completed')
    await worker.stop(patiently())
    await expect(readJob(database, job.id)).rejects.toThrow('There is no job')
    expect(await read(job.id)).toEqual([])
  })
})
