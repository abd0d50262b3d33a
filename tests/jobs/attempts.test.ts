import { describe, expect, test } from 'bun:test'
import { engines } from '../support/database.ts'
import { useJobStage } from './job-stage.ts'

describe.each(engines)('a job from a file on %s', engine => {
  const stage = useJobStage(engine)

  test('is tried again after a failure, and completes with its result, its log and its progress', async () => {
    const { handlers, work, reached, lines } = stage()
    handlers.script('flaky', [
      { log: ['first try', 'about to fail'], progress: { done: 1 }, throws: { name: 'Error', message: 'no luck' } },
      { log: ['second try'], progress: { done: 2 }, result: { sent: true } },
    ])
    const { job, created } = await work('flaky')
    expect(created).toBe(true)
    const row = await reached(job.id, 'completed')
    expect(row).toMatchObject({ attempt: 2, result: { sent: true }, progress: { done: 2 } })
    expect(row.errors).toEqual([{ attempt: 1, at: expect.any(Number), message: 'no luck' }])
    expect(await lines(job.id, 3)).toEqual(['1/1 first try', '1/2 about to fail', '2/1 second try'])
    const [first, second] = handlers.calls('flaky')
    expect(first?.idempotencyKey).toBe(second?.idempotencyKey ?? 'none')
    expect([first?.attempt, second?.attempt]).toEqual([1, 2])
    expect(first?.jobId).toBe(job.id)
  })

  test('shows its log lines and its progress while it runs', async () => {
    const { handlers, work, row, lines, reached } = stage()
    handlers.script('long', [{ log: ['begun'], progress: 'half', hold: true }])
    const { job } = await work('long')
    expect(await lines(job.id, 1)).toEqual(['1/1 begun'])
    expect(await row(job.id)).toMatchObject({ state: 'running', progress: 'half' })
    ;(await handlers.call('long')).release()
    await reached(job.id, 'completed')
  })

  test('that takes longer than its time limit is tried again, and is discarded in the end', async () => {
    const { handlers, work, reached } = stage()
    handlers.script('slow', [{ hold: true }, { hold: true }])
    const { job } = await work('slow', { timeout_seconds: 0.1, max_attempts: 2 })
    const { attempt, errors } = await reached(job.id, 'discarded')
    expect(attempt).toBe(2)
    const message = expect.stringMatching(/0\.1 s|100 ms/)
    expect(errors).toEqual([expect.objectContaining({ message }), expect.objectContaining({ message })])
  })

  test('that does not heed its signal is held to its time limit all the same', async () => {
    const { handlers, work, reached } = stage()
    handlers.script('deaf', [{ hold: true }])
    const { job } = await work('deaf', { kind: 'deaf', timeout_seconds: 0.1, max_attempts: 1 })
    expect(await reached(job.id, 'discarded')).toMatchObject({ attempt: 1 })
    handlers.calls('deaf')[0]?.release()
  })

  test('that returns too much has completed without a result, and says so', async () => {
    const { handlers, work, reached } = stage()
    handlers.script('verbose', [{ result: 'x'.repeat(100_000) }])
    const { job } = await work('verbose')
    const { result, errors } = await reached(job.id, 'completed')
    expect(result).toBeNull()
    expect(errors).toEqual([expect.objectContaining({ message: expect.stringContaining('100002 bytes') })])
  })

  test('is discarded at once by NonRetryable', async () => {
    const { handlers, work, reached } = stage()
    handlers.script('hopeless', [{ throws: { name: 'NonRetryable', message: 'No such address.' } }])
    const { job } = await work('hopeless')
    const { attempt, errors } = await reached(job.id, 'discarded')
    expect(attempt).toBe(1)
    expect(errors).toEqual([expect.objectContaining({ message: 'No such address.' })])
  })

  test('that asks for a pause of its limit key keeps others of that key back, and no others', async () => {
    const { handlers, work, reached } = stage()
    const slowDown = { name: 'RetryLater', message: 'Slow down.', seconds: 1.5, pauseKey: true } as const
    handlers.script('pauses', [{ throws: slowDown }])
    const { job } = await work('pauses', { limit_key: 'provider' })
    const { runAt, errors } = await reached(job.id, 'scheduled')
    expect(errors).toEqual([expect.objectContaining({ message: 'Slow down.' })])
    const same = await work('same key', { limit_key: 'provider' })
    const other = await work('other key', { limit_key: 'other provider' })
    expect(Number((await reached(other.job.id, 'completed')).startedAt)).toBeLessThan(Number(runAt))
    expect(Number((await reached(same.job.id, 'completed')).startedAt)).toBeGreaterThanOrEqual(Number(runAt) - 50)
    expect(await reached(job.id, 'completed')).toMatchObject({ attempt: 2 })
  })

  test('that snoozes comes again without having used up an attempt', async () => {
    const { handlers, work, reached } = stage()
    handlers.script('sleepy', [{ throws: { name: 'Snooze', seconds: 0.05 } }])
    const { job } = await work('sleepy', { max_attempts: 1 })
    expect(await reached(job.id, 'completed')).toMatchObject({ attempt: 1, errors: [] })
    expect(handlers.calls('sleepy')).toHaveLength(2)
  })

  test('runs on the queue of its kind with the settings of its kind, and is deleted when it was to be', async () => {
    const { handlers, work, row, reached } = stage()
    handlers.script('there', [{ hold: true }])
    const { job } = await work('there', { kind: 'lane' })
    const call = await handlers.call('there')
    expect(await row(job.id)).toMatchObject({ queue: 'lane', maxAttempts: 1, timeoutMs: 60_000, state: 'running' })
    call.release()
    await expect(reached(job.id, 'completed')).rejects.toThrow(`There is no job ${job.id}.`)
  })

  test('does not begin before it is due', async () => {
    const { many, reached } = stage()
    const [late] = await many([{ payload: { name: 'late' }, delay_seconds: 0.2, priority: 7 }])
    if (!late) throw new Error('It was not made.')
    expect(late.job.state).toBe('scheduled')
    const { createdAt, startedAt, priority } = await reached(late.job.id, 'completed')
    expect(priority).toBe(7)
    expect(Number(startedAt) - Number(createdAt)).toBeGreaterThanOrEqual(200)
  })
})
