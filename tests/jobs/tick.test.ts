import { describe, expect, test } from 'bun:test'
import { callOf, must } from '../api/stage.ts'
import { engines } from '../support/database.ts'
import { useJobStage } from './job-stage.ts'

describe.each(engines)('a tick on %s', engine => {
  const stage = useJobStage(engine)
  const tick = (seconds: number) =>
    callOf(stage().service)<{ object: string }>('POST', `/v1/scheduler/tick?wait_seconds=${seconds}`)

  test('answers when the jobs of files that were due have ended', async () => {
    const { handlers, work, row } = stage()
    handlers.script('slow', [{ hold: true }])
    const { job } = await work('slow')
    const call = await handlers.call('slow')
    const ticked = tick(20)
    // Long enough for one that does not wait to answer.
    for (let answers = 0; answers < 5; answers++) expect((await row(job.id)).state).toBe('running')
    call.release()
    await must(200, ticked)
    expect((await row(job.id)).state).toBe('completed')
  })

  test('waits no longer than it may, and not for jobs that are not due', async () => {
    const { handlers, work, row } = stage()
    const { job: later } = await work('later', { delay_seconds: 3_600 })
    await must(200, tick(20))
    expect((await row(later.id)).state).toBe('scheduled')
    handlers.script('held', [{ hold: true }])
    const { job } = await work('held')
    const call = await handlers.call('held')
    await must(200, tick(0))
    expect((await row(job.id)).state).toBe('running')
    call.release()
  })
})
