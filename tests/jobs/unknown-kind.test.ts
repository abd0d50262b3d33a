import { describe, expect, test } from 'bun:test'
import { testsOfProcesses, track } from '../lifecycle/processes.ts'
import { engines } from '../support/database.ts'
import { temporaryFiles } from '../support/temporary-files.ts'
import { goLive, makeJobStage } from './job-stage.ts'

testsOfProcesses()

describe.each(engines)('a job on %s whose file is gone', engine => {
  test('is discarded with the reason where another kind has its queue, and waits where none has', async () => {
    await using stage = await goLive(await makeJobStage(engine))
    const { work, reached, row, service } = stage
    track(service.process)
    const orphan = await work('orphan', { delay_seconds: 0.5 })
    const waiting = await work('waiting', { kind: 'lane', delay_seconds: 0.5 })
    expect(await service.stop()).toBe(0)

    using files = temporaryFiles({ 'other.ts': `export default { name: 'other', input: {}, run: () => 1 }` })
    track((await stage.start({ JOBS_DIR: files.path })).process)
    const { errors, attempt } = await reached(orphan.job.id, 'discarded')
    expect(errors).toEqual([expect.objectContaining({ message: 'This program knows no job kind "work".' })])
    expect(attempt).toBe(1)
    expect(['scheduled', 'available']).toContain((await row(waiting.job.id)).state)
  })
})
