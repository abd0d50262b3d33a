import { describe, expect, test } from 'bun:test'
import { systemClock } from '../../src/runtime/clock.ts'
import { engines } from '../support/database.ts'
import { claim, newQueue } from '../support/jobs.ts'
import { type JobView, useJobApi } from './job-api.ts'
import { must } from './stage.ts'

interface RetriedView {
  retried: number
  ids: string[]
  refused: { id: string; reason: string }[]
}

const fails = { throws: { name: 'NonRetryable', message: 'no' } } as const

describe.each(engines)('retrying jobs on %s', engine => {
  const api = useJobApi(engine)
  const retry = (id: string) => api().call<JobView & { code: string; detail: string }>('POST', `/v1/jobs/${id}/retry`)
  const retryMany = (body: unknown) => api().call<RetriedView>('POST', '/v1/jobs/retry', body)

  /** Jobs whose first attempt is discarded, and whose second completes. */
  const discarded = async (name: string, body: object = {}) => {
    const { stage } = api()
    stage.handlers.script(name, [fails, {}])
    const { id } = (await stage.work(name, body)).job
    await stage.reached(id, 'discarded')
    return id
  }

  test('200 for a discarded job: it begins anew, and keeps its errors and who wanted it', async () => {
    const { stage, job } = api()
    const id = await discarded(`again ${engine}`, { max_attempts: 2 })
    const { body } = await must(200, retry(id))
    expect(body).toMatchObject({ id, max_attempts: 3, finished_at: null })
    expect(body.redrives).toMatchObject([{ state: 'discarded', attempt: 1, by: 'key_configured' }])
    await stage.reached(id, 'completed')
    expect(await job(id)).toMatchObject({
      attempt: 2,
      errors: [{ attempt: 1, message: 'no' }],
      redrives: body.redrives,
    })
  })

  test('200 for a cancelled job', async () => {
    const { stage, call } = api()
    const { id } = (await stage.work('cancelled', { delay_seconds: 600 })).job
    await must(200, call('POST', `/v1/jobs/${id}/cancel`))
    const { body } = await must(200, retry(id))
    expect(body).toMatchObject({ redrives: [{ state: 'cancelled', attempt: 0 }], cancel_requested_at: null })
    await stage.reached(id, 'completed')
  })

  test('200 for a scheduled job, which is due now and leaves no trace of it', async () => {
    const { stage, job } = api()
    const { id } = (await stage.work('due', { delay_seconds: 600 })).job
    const before = await job(id)
    const { body } = await must(200, retry(id))
    expect(body.redrives).toEqual([])
    expect(Date.parse(body.run_at)).toBeLessThan(Date.parse(before.run_at) - 500_000)
    await stage.reached(id, 'completed')
  })

  test('409 for a job that is available, running, waiting or completed', async () => {
    const { stage, insert, database } = api()
    const queue = newQueue()
    const [running = ''] = await insert(queue, {})
    await claim(database, systemClock, queue)
    const [available = '', waiting = ''] = await insert(queue, {}, { dependsOn: [running] })
    const completed = (await stage.work('done')).job.id
    await stage.reached(completed, 'completed')
    for (const [state, id] of Object.entries({ available, running, waiting, completed })) {
      const { body } = await must(409, retry(id))
      expect(body).toMatchObject({ code: 'conflict', detail: `Job ${id} is ${state} and cannot be tried again.` })
    }
  })

  test('many of a kind and queue, the oldest first, up to a limit', async () => {
    const { stage } = api()
    const name = `many ${engine}`
    stage.handlers.script(name, [fails, fails, fails])
    const ids: string[] = []
    for (let count = 0; count < 3; count++) {
      const { id } = (await stage.work(name, { kind: 'lane' })).job
      await stage.reached(id, 'discarded')
      ids.push(id)
    }
    const { body } = await must(200, retryMany({ queue: 'lane', kind: 'lane', limit: 2 }))
    expect(body).toEqual({ retried: 2, ids: ids.slice(0, 2), refused: [] })
    expect((await must(200, retryMany({ queue: 'lane' }))).body).toMatchObject({ retried: 1, ids: ids.slice(2) })
    expect((await must(200, retryMany({ queue: 'lane' }))).body).toMatchObject({ retried: 0, ids: [] })
  })

  test('many by their ids, without those that are not there, not ended, or of another tenant', async () => {
    const { stage, insert, call } = api()
    const id = await discarded(`by id ${engine}`)
    const [available = '', foreign = ''] = await insert(newQueue(), {}, { tenantId: 'other' })
    const { body } = await must(200, retryMany({ ids: [id, id, available, foreign, 'job_none'] }))
    expect(body).toEqual({ retried: 1, ids: [id], refused: [] })
    await stage.reached(id, 'completed')
    await must(404, call('POST', `/v1/jobs/${foreign}/retry`))
  })

  test.each<[string, object, string]>([
    ['nothing that says which', {}, '/ids'],
    ['a limit alone', { limit: 5 }, '/ids'],
    ['ids and a queue', { ids: ['job_1'], queue: 'mail' }, '/queue'],
    ['ids and a limit', { ids: ['job_1'], limit: 5 }, '/limit'],
    ['no ids', { ids: [] }, '/ids'],
    ['too high a limit', { queue: 'mail', limit: 1_001 }, '/limit'],
    ['an unknown field', { queue: 'mail', state: 'discarded' }, '/state'],
  ])('422 for %s', async (_what, body, path) => {
    const answer = await must(422, api().call('POST', '/v1/jobs/retry', body))
    expect(answer.body.errors?.map(error => error.path)).toContain(path)
  })
})
