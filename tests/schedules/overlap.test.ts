import { beforeEach, describe, expect, test } from 'bun:test'
import { eq } from 'drizzle-orm'
import { claimJobs } from '../../src/queue/sql/claim-jobs.ts'
import { settleJobs } from '../../src/queue/sql/settle-jobs.ts'
import { cancelRun } from '../../src/runs/cancel-run.ts'
import type { Run } from '../../src/runs/run.ts'
import { endUnstartedRuns } from '../../src/runs/sql/end-unstarted-runs.ts'
import { triggerSchedule } from '../../src/schedules/trigger-schedule.ts'
import { createThread } from '../../src/threads/create-thread.ts'
import { engines } from '../support/database.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { type MigratedDatabase, sharedDatabase } from '../support/migrated-database.ts'
import { noOutbox } from '../support/no-outbox.ts'
import { makeStage, type Stage, times } from './stage.ts'

const minute = 60_000

describe.each(engines)('on %s', engine => {
  const shared = sharedDatabase(engine)
  let opened: MigratedDatabase
  let clock: FakeClock
  let stage: Stage

  beforeEach(async () => {
    opened = shared()
    clock = new FakeClock()
    stage = makeStage(opened.database, clock, `tenant_${crypto.randomUUID()}`)
    const { database } = opened
    await database.transaction(async ({ orm, tables }) => {
      await orm.delete(tables.schedules).returning({ id: tables.schedules.id })
      await orm.delete(tables.jobs).returning({ id: tables.jobs.id })
    })
  })

  const tenMinutesLater = async () => {
    clock.advance(10 * minute)
    await stage.turn()
  }

  /** What a worker would take now: the runs' ids. */
  const claim = async (): Promise<string[]> => {
    const jobs = await opened.database.transaction(tx =>
      claimJobs(tx, { queue: 'runs', worker: 'wrk_test', limit: 10, leaseMs: 1_000, now: clock.ms }),
    )
    return jobs.map(({ payload }) => (payload as { run_id: string }).run_id) // of a run's job
  }

  /** Ends a run that was claimed, as its worker would. */
  const finish = ({ id, jobId }: Run) =>
    opened.database.transaction(async tx => {
      await settleJobs(tx, [{ jobId, attempt: 1, outcome: { kind: 'completed' } }], clock.ms)
      const ending = { runIds: [id], status: 'failed' as const, error: null, now: clock.ms, outbox: noOutbox }
      await endUnstartedRuns(tx, ending)
    })

  test('allow starts runs side by side', async () => {
    const schedule = await stage.schedule({ overlap: 'allow' })
    await tenMinutesLater()
    await tenMinutesLater()
    const runs = await stage.runs(schedule)
    expect((await claim()).sort()).toEqual(runs.map(({ id }) => id).sort())
    expect(runs).toHaveLength(2)
  })

  test('skip starts none while the last one is not final, and says so', async () => {
    const schedule = await stage.schedule({ overlap: 'skip' })
    await tenMinutesLater()
    const [first] = await stage.runs(schedule)
    await tenMinutesLater()
    await cancelRun(stage.app, stage.actor, first?.id ?? '')
    await tenMinutesLater()
    expect(await stage.occurrences(schedule)).toMatchObject([
      { outcome: 'fired' },
      { outcome: 'skipped', runId: null, detail: `Run ${first?.id} was not final.` },
      { outcome: 'fired' },
    ])
  })

  test('skip makes up for one of several that were slept through', async () => {
    const schedule = await stage.schedule({ overlap: 'skip', catchUp: 'all' })
    clock.advance(30 * minute)
    await stage.turn()
    const outcomes = (await stage.occurrences(schedule)).map(({ outcome }) => outcome)
    expect(outcomes).toEqual(['fired', 'skipped', 'skipped'])
  })

  test('queue starts each when the one before is final', async () => {
    const schedule = await stage.schedule({ overlap: 'queue', catchUp: 'all' })
    clock.advance(20 * minute)
    await stage.turn()
    await tenMinutesLater()
    const runs = await stage.runs(schedule)
    expect(runs).toHaveLength(3)
    for (const run of runs) {
      expect(await claim()).toEqual([run.id])
      expect(await claim()).toEqual([])
      await finish(run)
    }
    expect(await claim()).toEqual([])
  })

  test('cancel_previous cancels one that waits, at once', async () => {
    const schedule = await stage.schedule({ overlap: 'cancel_previous' })
    await tenMinutesLater()
    await tenMinutesLater()
    const runs = await stage.runs(schedule)
    expect(runs.map(({ status }) => status)).toEqual(['cancelled', 'queued'])
    expect(await claim()).toEqual([runs[1]?.id ?? ''])
  })

  test('cancel_previous asks one that runs to stop, and starts when it has', async () => {
    const schedule = await stage.schedule({ overlap: 'cancel_previous' })
    await tenMinutesLater()
    const [first] = await stage.runs(schedule)
    expect(await claim()).toEqual([first?.id ?? ''])
    await tenMinutesLater()
    const { jobs } = opened.database.tables
    const [job] = await opened.database.orm
      .select()
      .from(jobs)
      .where(eq(jobs.id, first?.jobId ?? ''))
    expect(job).toMatchObject({ state: 'running', cancelRequestedAt: clock.ms })
    expect(await claim()).toEqual([])
    if (first) await finish(first)
    expect(await claim()).toEqual([(await stage.runs(schedule))[1]?.id ?? ''])
  })

  test('cancel_previous makes up for the last of several that were slept through', async () => {
    const schedule = await stage.schedule({ overlap: 'cancel_previous', catchUp: 'all' })
    clock.advance(30 * minute)
    await stage.turn()
    const past = await stage.occurrences(schedule)
    expect(past.map(({ outcome }) => outcome)).toEqual(['skipped', 'skipped', 'fired'])
    expect(times(past.filter(({ run }) => run))).toEqual(['12:30'])
  })

  test('runs on a thread take turns whatever the policy', async () => {
    const thread = await createThread(stage.app, stage.actor, {})
    const schedule = await stage.schedule({ overlap: 'allow', threadId: thread.id })
    await tenMinutesLater()
    await tenMinutesLater()
    const [first, second] = await stage.runs(schedule)
    expect(first?.threadId).toBe(thread.id)
    expect(await claim()).toEqual([first?.id ?? ''])
    if (first) await finish(first)
    expect(await claim()).toEqual([second?.id ?? ''])
  })

  test('schedules do not wait for each other', async () => {
    const [one, other] = [await stage.schedule({ overlap: 'queue' }), await stage.schedule({ overlap: 'queue' })]
    await tenMinutesLater()
    const runs = [...(await stage.runs(one)), ...(await stage.runs(other))]
    expect((await claim()).sort()).toEqual(runs.map(({ id }) => id).sort())
  })

  describe('triggered by hand', () => {
    test('a run starts beside an unfinished one, and blocks the next occurrence', async () => {
      const schedule = await stage.schedule({ overlap: 'skip' })
      await tenMinutesLater()
      const [first] = await stage.runs(schedule)
      const triggered = await triggerSchedule(stage.app, stage.actor, schedule.id)
      expect(triggered).toMatchObject({ origin: 'trigger', outcome: 'fired' })
      await cancelRun(stage.app, stage.actor, first?.id ?? '')
      await tenMinutesLater()
      expect((await stage.occurrences(schedule)).at(-1)).toMatchObject({
        outcome: 'skipped',
        detail: `Run ${triggered.runId} was not final.`,
      })
    })

    test('it waits its turn in a queue', async () => {
      const schedule = await stage.schedule({ overlap: 'queue' })
      await tenMinutesLater()
      await triggerSchedule(stage.app, stage.actor, schedule.id)
      const [first] = await stage.runs(schedule)
      expect(await claim()).toEqual([first?.id ?? ''])
    })

    test('it never takes a time of the rule, also not at that very moment', async () => {
      const schedule = await stage.schedule({ overlap: 'allow' })
      clock.advance(10 * minute)
      for (let count = 0; count < 3; count++) await triggerSchedule(stage.app, stage.actor, schedule.id)
      await stage.turn()
      const past = await stage.occurrences(schedule)
      expect(past.map(({ origin, fireAt }) => [origin, fireAt - clock.ms])).toEqual([
        ['rule', 0],
        ['trigger', 1],
        ['trigger', 2],
        ['trigger', 3],
      ])
    })
  })
})
