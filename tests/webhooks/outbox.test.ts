import { describe, expect, test } from 'bun:test'
import { eq } from 'drizzle-orm'
import { createBatcher } from '../../src/runs/create-batch.ts'
import { pruneDeliveries } from '../../src/webhooks/prune-deliveries.ts'
import { engines } from '../support/database.ts'
import { sharedDatabase } from '../support/migrated-database.ts'
import { newRun, toCreate } from '../support/runs.ts'
import { openDesk } from './desk.ts'

const day = 86_400_000

describe.each(engines)('the outbox on %s', engine => {
  const shared = sharedDatabase(engine)
  const desk = async () => {
    const { database } = shared()
    const { app, actor, book, outbox, clock, webhook, ...rest } = openDesk(database)
    const { id } = await webhook({ url: 'https://app.example.com/', events: ['run.*'] })
    const { webhookDeliveries, jobs, runs } = database.tables
    const { tenantId } = actor
    const count = async () => ({
      deliveries: await database.orm.select().from(webhookDeliveries).where(eq(webhookDeliveries.tenantId, tenantId)),
      jobs: await database.orm.select().from(jobs).where(eq(jobs.tenantId, tenantId)),
      runs: await database.orm.select().from(runs).where(eq(runs.tenantId, tenantId)),
    })
    const creates = createBatcher({ database, clock, leaseMs: 1_000, outbox })
    return { ...rest, database, webhookId: id, tenantId, clock, outbox, count, creates }
  }
  const runOf = (tenantId: string) => {
    const { job, ...created } = toCreate(newRun({ tenantId }))
    return { ...created, job: { ...job, tenantId } }
  }

  test('what is to be told commits with the run, with a job of its own', async () => {
    const { creates, tenantId, webhookId, count } = await desk()
    const { run, ...created } = runOf(tenantId)
    await creates.submit({ run, ...created })
    const { deliveries, jobs, runs } = await count()
    expect(runs.map(({ id }) => id)).toEqual([run.id])
    expect(deliveries).toMatchObject([{ webhookId, runId: run.id, event: 'run.queued', state: 'pending' }])
    expect(jobs.map(({ id, queue, limitKey }) => `${id} ${queue} ${limitKey}`).sort()).toEqual(
      [`${run.jobId} runs null`, `${deliveries[0]?.jobId} webhooks ${webhookId}`].sort(),
    )
  })

  test('what is rolled back is never told', async () => {
    const { creates, database, tenantId, count, outbox } = await desk()
    const { run } = runOf(tenantId)
    const undone = database.transaction(async tx => {
      await outbox.tellRuns(tx, [{ type: 'run.queued', run, at: run.createdAt }])
      throw new Error('undone')
    })
    await expect(undone).rejects.toThrow('undone')
    // By its own path: the second of the same id cannot be stored, and takes what it would tell with it.
    const { run: stored, ...created } = runOf(tenantId)
    await creates.submit({ run: stored, ...created })
    await expect(creates.submit({ run: stored, ...created })).rejects.toThrow()
    const { deliveries, runs } = await count()
    expect(runs.length).toBe(1)
    expect(deliveries.map(({ runId }) => runId)).toEqual([stored.id])
  })

  test('deliveries are forgotten some time after their end, pending ones never', async () => {
    const { database, ping, webhookId, count, clock } = await desk()
    const prune = (before: number) => database.transaction(tx => pruneDeliveries(tx, before))
    const refused = await ping(webhookId)
    await database.transaction(tx =>
      tx.orm
        .update(tx.tables.webhookDeliveries)
        .set({ state: 'failed', finishedAt: clock.ms })
        .where(eq(tx.tables.webhookDeliveries.id, refused)),
    )
    const pending = await ping(webhookId)
    expect(await prune(clock.ms)).toBe(false)
    expect((await count()).deliveries.length).toBe(2)
    expect(await prune(clock.ms + day)).toBe(false)
    expect((await count()).deliveries.map(({ id }) => id)).toEqual([pending])
  })
})
