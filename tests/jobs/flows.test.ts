import { describe, expect, test } from 'bun:test'
import { engines } from '../support/database.ts'
import { useJobStage } from './job-stage.ts'

const payload = (name: string) => ({ payload: { name } })

describe.each(engines)('jobs of one request on %s', engine => {
  const stage = useJobStage(engine)

  test('fan out and in by refs, in whatever order they are listed', async () => {
    const { handlers, many, reached, row } = stage()
    handlers.script('split', [{ hold: true }])
    handlers.script('half', [{ hold: true }, { hold: true }])
    const made = await many([
      { ...payload('join'), ref: 'join', depends_on: ['left', 'right'] },
      { ...payload('half'), ref: 'left', depends_on: ['split'] },
      { ...payload('half'), ref: 'right', depends_on: ['split'] },
      { ...payload('split'), ref: 'split' },
    ])
    expect(made.map(({ ref, created }) => [ref, created])).toEqual([
      ['join', true],
      ['left', true],
      ['right', true],
      ['split', true],
    ])
    const [join = '', left = '', right = '', split = ''] = made.map(({ job }) => job.id)
    const splitting = await handlers.call('split')
    for (const id of [join, left, right]) expect((await row(id)).state).toBe('waiting')
    splitting.release()
    const [one, other] = [await handlers.call('half', 1), await handlers.call('half', 2)]
    expect([one.jobId, other.jobId].sort()).toEqual([left, right].sort())
    one.release()
    await reached(one.jobId, 'completed')
    expect((await row(join)).state).toBe('waiting')
    other.release()
    const joined = await reached(join, 'completed')
    for (const id of [left, right, split]) {
      expect(Number((await row(id)).finishedAt)).toBeLessThanOrEqual(Number(joined.startedAt))
    }
  })

  test('depend on jobs of earlier requests too, also on those that have ended', async () => {
    const { work, reached, many } = stage()
    const { job } = await work('earlier')
    await reached(job.id, 'completed')
    const [later] = await many([{ ...payload('later'), depends_on: [job.id] }])
    await reached(later?.job.id ?? '', 'completed')
  })

  test('are cancelled when one they depend on fails, unless they run after failures too', async () => {
    const { handlers, many, reached } = stage()
    handlers.script('doomed', [{ throws: { name: 'NonRetryable', message: 'no' } }])
    const [doomed, then, cleanUp] = await many([
      { ...payload('doomed'), ref: 'doomed' },
      { ...payload('then'), depends_on: ['doomed'] },
      { ...payload('clean up'), depends_on: ['doomed'], run_after_failure: true },
    ])
    await reached(doomed?.job.id ?? '', 'discarded')
    await reached(then?.job.id ?? '', 'cancelled')
    await reached(cleanUp?.job.id ?? '', 'completed')
    expect(handlers.calls('then')).toEqual([])
  })

  test('wait for the job whose place another of the request did not take', async () => {
    const { handlers, work, many, row, reached } = stage()
    handlers.script('only one', [{ hold: true }])
    const unique = { key: 'only one' }
    const { job: first } = await work('only one', { unique })
    const [same, after] = await many([
      { ...payload('only one'), unique, ref: 'one' },
      { ...payload('after'), depends_on: ['one'] },
    ])
    expect(same).toMatchObject({ job: { id: first.id }, created: false })
    const call = await handlers.call('only one')
    expect((await row(after?.job.id ?? '')).state).toBe('waiting')
    call.release()
    await reached(after?.job.id ?? '', 'completed')
    expect(handlers.calls('only one')).toHaveLength(1)
  })

  test('of one order key run one at a time, in their order, also after a failure', async () => {
    const { handlers, many, reached, row } = stage()
    handlers.script('first in line', [{ throws: { name: 'Error', message: 'once more' } }, { hold: true }])
    const order = { key: 'line' }
    const made = await many(
      ['first in line', 'second in line', 'third in line'].map(name => ({ ...payload(name), order })),
    )
    const [first = '', second = '', third = ''] = made.map(({ job }) => job.id)
    const retried = await handlers.call('first in line', 2)
    expect((await row(second)).state).toBe('available')
    retried.release()
    const last = await reached(third, 'completed')
    const middle = await row(second)
    expect(Number((await row(first)).finishedAt)).toBeLessThanOrEqual(Number(middle.startedAt))
    expect(Number(middle.finishedAt)).toBeLessThanOrEqual(Number(last.startedAt))
  })

  test('of an order key that blocks wait when the one before is discarded; else they go on', async () => {
    const { handlers, many, reached, row } = stage()
    const failing = [{ throws: { name: 'NonRetryable', message: 'no' } }] as const
    handlers.script('blocks', [...failing])
    handlers.script('lets pass', [...failing])
    const blocked = await many([
      { ...payload('blocks'), order: { key: 'strict', on_failure: 'block' } },
      { ...payload('behind'), order: { key: 'strict', on_failure: 'block' } },
    ])
    const passing = await many([
      { ...payload('lets pass'), order: { key: 'lax' } },
      { ...payload('passes'), order: { key: 'lax' } },
    ])
    await reached(blocked[0]?.job.id ?? '', 'discarded')
    await reached(passing[0]?.job.id ?? '', 'discarded')
    await reached(passing[1]?.job.id ?? '', 'completed')
    expect((await row(blocked[1]?.job.id ?? '')).state).toBe('available')
    expect(handlers.calls('behind')).toEqual([])
  })
})
