import { describe, expect, test } from 'bun:test'
import { inShort, newRun } from '../../tests/support/runs.ts'
import { LeaseLost } from '../queue/abort-reason.ts'
import { RunLog } from './run-log.ts'

const usage = (input: number, output: number, cost: number | null) => ({
  input_tokens: input,
  output_tokens: output,
  total_tokens: input + output,
  cost_usd: cost,
})

const modelStep = (step: number, input: number, output: number, cost: number | null = 0) => ({
  type: 'step.completed' as const,
  data: { step, kind: 'model' as const, content: [], finish_reason: 'stop', usage: usage(input, output, cost) },
})

function logging(lastSeq = 1) {
  const requests: string[] = []
  let now = 1_000
  const log = new RunLog({
    run: newRun(),
    attempt: 2,
    lastSeq,
    now: () => now++,
    request: (_log, urgency) => requests.push(urgency),
  })
  const take = () => inShort(log.take()?.events ?? [])
  return { log, requests, take }
}

describe('the log of a run', () => {
  test('numbers events from where the log stood, without gaps, over all its writes', () => {
    const { log, take } = logging(7)
    log.append({ type: 'run.started', data: { attempt: 2 } })
    log.text(1, 'a')
    expect(take()).toEqual(['8 run.started', '9 text.delta a'])
    log.acknowledge()
    log.reasoning(1, 'b')
    expect(take()).toEqual(['10 reasoning.delta b'])
  })

  test('merges deltas that follow each other, and only those', () => {
    const { log, take } = logging()
    for (const text of ['a', 'b']) log.text(1, text)
    for (const text of ['c', 'd']) log.reasoning(1, text)
    log.text(1, 'e')
    for (const text of ['f', 'g']) log.text(2, text)
    log.append({ type: 'step.started', data: { step: 3, kind: 'model', model: 'm' } })
    log.text(2, 'h')
    expect(take()).toEqual([
      '2 text.delta ab',
      '3 reasoning.delta cd',
      '4 text.delta e',
      '5 text.delta fg',
      '6 step.started',
      '7 text.delta h',
    ])
  })

  test('gives a merged delta the time of its first part', () => {
    const { log } = logging()
    for (const text of ['a', 'b', 'c']) log.text(1, text)
    expect(log.take()?.events[0]?.createdAt).toBe(1_000)
  })

  test('joins the halves of a character that a model sent apart', () => {
    const { log } = logging()
    const [high = '', low = ''] = ['\ud83c', '\udfe0']
    log.text(1, high)
    log.text(1, low)
    expect(JSON.parse(log.take()?.events[0]?.data ?? '')).toEqual({ step: 1, text: '🏠' })
  })

  test('gives the same change again until it was acknowledged, and what came since only then', () => {
    const { log, take } = logging()
    log.text(1, 'a')
    const first = log.take()
    log.text(1, 'b')
    expect(log.take()).toBe(first)
    log.acknowledge()
    expect(take()).toEqual(['3 text.delta b'])
  })

  test('has nothing to take when nothing was said', () => {
    const { log } = logging()
    expect(log.take()).toBeNull()
    log.text(1, 'a')
    log.take()
    log.acknowledge()
    expect(log.take()).toBeNull()
  })

  test('takes a change of the row along, and says so', () => {
    const { log } = logging()
    log.update({ status: 'running', attempt: 2 })
    log.append({ type: 'run.started', data: { attempt: 2 } })
    expect(log.take()).toMatchObject({ rowChanged: true, attempt: 2, run: { status: 'running', attempt: 2 } })
    log.acknowledge()
    log.text(1, 'a')
    expect(log.take()).toMatchObject({ rowChanged: false, run: { status: 'running' } })
  })

  test('adds the tokens of each model step to those of the run', () => {
    const { log } = logging()
    log.append(modelStep(1, 10, 1))
    log.append({
      type: 'step.completed',
      data: { step: 2, kind: 'tool', tool_call_id: 'c', name: 't', is_error: false },
    })
    log.append(modelStep(3, 20, 2))
    expect(log.take()).toMatchObject({ rowChanged: true, run: { inputTokens: 30, outputTokens: 3 } })
  })

  test('adds up what model steps cost, until the price of one is not known', () => {
    const { log } = logging()
    log.append(modelStep(1, 10, 1, 0.1))
    log.append(modelStep(2, 10, 1, 0.2))
    expect(log.take()).toMatchObject({ run: { costUsd: 0.3 } })
    log.acknowledge()
    log.append(modelStep(3, 10, 1, null))
    log.append(modelStep(4, 10, 1, 0.1))
    expect(log.take()).toMatchObject({ run: { costUsd: null } })
  })

  test('tells how much is not on disk yet, and since when', () => {
    const { log } = logging()
    expect(log.unstored).toEqual({ events: 0, oldestAt: null })
    log.text(1, 'a')
    const oldestAt = log.unstored.oldestAt
    expect(oldestAt).toBeNumber()
    log.take()
    log.append({ type: 'run.started', data: { attempt: 2 } })
    expect(log.unstored).toEqual({ events: 2, oldestAt })
    log.acknowledge()
    expect(log.unstored.events).toBe(1)
    expect(log.unstored.oldestAt).not.toBe(oldestAt)
  })

  test('asks to be written: soon for what may be merged, at once for first words and for what is waited for', () => {
    const { log, requests } = logging()
    for (const [step, word] of [
      [1, 'a'],
      [1, 'b'],
      [2, 'c'],
    ] as const)
      log.text(step, word)
    expect(requests).toEqual(['first_words', 'may_merge', 'first_words'])
    requests.length = 0
    log.append({ type: 'run.started', data: { attempt: 1 } })
    log.update({ status: 'running' })
    expect(requests).toEqual(['may_merge'])
    void log.durable()
    expect(requests).toEqual(['may_merge', 'waited_for'])
    expect(log.awaited).toBe(true)
  })

  test('asks again for what came while a write was under way', () => {
    const { log, requests } = logging()
    log.text(1, 'a')
    log.take()
    log.text(1, 'b')
    requests.length = 0
    log.acknowledge()
    expect(requests).toEqual(['may_merge'])
    log.take()
    void log.durable()
    requests.length = 0
    log.acknowledge()
    expect(requests).toEqual(['waited_for'])
    log.take()
    requests.length = 0
    log.acknowledge()
    expect(requests).toEqual([])
  })

  test('answers those who wait when just their part is stored', async () => {
    const { log } = logging()
    const answered: string[] = []
    log.text(1, 'a')
    const first = log.durable().then(() => answered.push('first'))
    log.take()
    const second = log.durable().then(() => answered.push('second'))
    log.acknowledge()
    await first
    expect(answered).toEqual(['first'])
    expect(log.awaited).toBe(true)
    log.take()
    log.acknowledge()
    await second
    expect(answered).toEqual(['first', 'second'])
    expect(log.awaited).toBe(false)
  })

  test('stores all that is pending together with the outcome', async () => {
    const { log } = logging()
    const message = {
      id: 'msg',
      tenantId: 'default',
      threadId: 'thr',
      runId: null,
      role: 'user' as const,
      content: 'x',
      createdAt: 0,
    }
    log.text(1, 'a')
    log.addMessages([message])
    const settled = log.settle({ kind: 'completed' })
    expect(log.take()).toMatchObject({ outcome: { kind: 'completed' }, messages: [message], events: [{ seq: 2 }] })
    log.acknowledge()
    await settled
  })

  test('that is lost gives nothing more, and tells everybody who waits, then and later', async () => {
    const { log, take } = logging()
    log.text(1, 'a')
    const taken = log.durable()
    log.take()
    const pending = log.durable()
    log.lose()
    await expect(taken).rejects.toThrow(LeaseLost)
    await expect(pending).rejects.toThrow(LeaseLost)
    await expect(log.durable()).rejects.toThrow(LeaseLost)
    log.text(1, 'b')
    expect(take()).toEqual([])
    expect(log.take()).toBeNull()
  })
})
