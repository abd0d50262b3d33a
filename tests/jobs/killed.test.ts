import { describe, expect, test } from 'bun:test'
import { testsOfProcesses, track } from '../lifecycle/processes.ts'
import { engines } from '../support/database.ts'
import { goLive, makeJobStage } from './job-stage.ts'

testsOfProcesses()

describe.each(engines)('a process on %s that is killed in the middle of a job', engine => {
  test('leaves it to the next one, which runs it again with the same key', async () => {
    await using stage = await goLive(await makeJobStage(engine))
    const { handlers, work, row, reached, service } = stage
    track(service.process)
    handlers.script('cut off', [{ log: ['begun'], hold: true }, { result: 'done' }])
    const { job } = await work('cut off')
    await handlers.call('cut off')
    const waiting = await work('not begun', { order: { key: 'a' }, depends_on: [job.id] })
    await service.stop('SIGKILL')
    expect((await row(job.id)).state).toBe('running')

    const killedAt = performance.now()
    track((await stage.start()).process)
    expect(await reached(job.id, 'completed')).toMatchObject({ attempt: 2, result: 'done' })
    // The lease is of an hour where the next process is alone on the file, and of 5 s where it is not.
    expect(performance.now() - killedAt).toBeLessThan(20_000)
    expect(new Set(handlers.calls('cut off').map(call => call.idempotencyKey))).toHaveProperty('size', 1)
    await reached(waiting.job.id, 'completed')
  })

  test('on SIGTERM hands it back when the drain is over, and the attempt does not count', async () => {
    await using stage = await goLive(await makeJobStage(engine, { DRAIN_SECONDS: '0' }))
    const { handlers, work, row, reached, service } = stage
    track(service.process)
    handlers.script('stopped', [{ hold: true }, { result: 'done' }])
    const { job } = await work('stopped')
    await handlers.call('stopped')
    expect(await service.stop()).toBe(0)
    expect(await row(job.id)).toMatchObject({ state: 'available', attempt: 0 })
    track((await stage.start()).process)
    expect(await reached(job.id, 'completed')).toMatchObject({ attempt: 1, result: 'done', errors: [] })
  })
})
