import { describe, expect, test } from 'bun:test'
import { eq } from 'drizzle-orm'
import { pruneRuns } from '../../src/runs/prune-runs.ts'
import { readRun } from '../../src/runs/read-run.ts'
import { must, type RunView, useStage } from '../api/stage.ts'
import { engines } from '../support/database.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { migratedDatabase } from '../support/migrated-database.ts'
import { heldRun, readLog } from '../support/runs.ts'

const dayMs = 86_400_000

/** Ids begin with the time of their making. */
const madeAt = (ms: number, number: number) =>
  `run_${ms.toString(16).padStart(12, '0')}${String(number).padStart(20, '0')}`

describe.each(engines)('deleting runs on %s', engine => {
  const stage = useStage(engine)

  test('takes a run away with its log, and leaves its thread and its usage', async () => {
    const thread_id = await stage().thread()
    const run = await stage().finished((await stage().run({ thread_id })).id)
    await must(204, stage().call('DELETE', `/v1/runs/${run.id}`))
    expect((await stage().call('GET', `/v1/runs/${run.id}`)).status).toBe(404)
    expect((await stage().call('GET', `/v1/runs/${run.id}/events`)).status).toBe(404)
    expect((await stage().call('DELETE', `/v1/runs/${run.id}`)).status).toBe(404)
    const said = await must(200, stage().call<{ data: unknown[] }>('GET', `/v1/threads/${thread_id}/messages`))
    expect(said.body.data).toHaveLength(2)
    const usage = await must(
      200,
      stage().call<{ data: { runs: number }[] }>('GET', '/v1/usage?group_by=agent&agent=echo'),
    )
    expect(usage.body.data[0]?.runs).toBeGreaterThan(0)
  })

  test('is in the audit log', async () => {
    const { id } = await stage().finished((await stage().run()).id)
    await must(204, stage().call('DELETE', `/v1/runs/${id}`))
    const { body } = await must(200, stage().call<{ data: object[] }>('GET', `/v1/audit?target=${id}`))
    expect(body.data).toMatchObject([{ action: 'run.deleted', actor: 'key_configured' }])
  })

  test('is refused for one that has not ended', async () => {
    const { id } = await stage().run({ delay_seconds: 3_600 })
    const answer = await stage().call('DELETE', `/v1/runs/${id}`)
    expect([answer.status, answer.body.code]).toEqual([409, 'conflict'])
    await must(200, stage().call<RunView>('POST', `/v1/runs/${id}/cancel`))
    await must(204, stage().call('DELETE', `/v1/runs/${id}`))
  })

  test('happens by itself to those that were made long ago, and have ended', async () => {
    await using opened = await migratedDatabase(engine)
    const { database } = opened
    const clock = new FakeClock()
    const { runs } = database.tables
    const made = async (number: number, daysAgo: number, status: string) => {
      const run = await heldRun(database, clock, { id: madeAt(clock.now() - daysAgo * dayMs, number) })
      const finishedAt = status === 'completed' ? clock.now() : null
      await database.transaction(tx => tx.orm.update(runs).set({ status, finishedAt }).where(eq(runs.id, run.id)))
      return run
    }
    const old = await made(1, 8, 'completed')
    const waiting = await made(2, 8, 'waiting')
    const fresh = await made(3, 6, 'completed')
    expect(await database.transaction(tx => pruneRuns(tx, clock.now() - 7 * dayMs))).toBe(false)
    expect(await readRun(database, old.id)).toBeNull()
    expect(await readLog(database, old)).toEqual([])
    for (const run of [waiting, fresh]) {
      expect(await readRun(database, run.id)).not.toBeNull()
      expect(await readLog(database, run)).toHaveLength(1)
    }
  })
})
