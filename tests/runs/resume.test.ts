import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { Interrupted, LeaseLost } from '../../src/queue/abort-reason.ts'
import type { RunEvent } from '../../src/runs/event.ts'
import { readRunHistory } from '../../src/runs/finished-steps.ts'
import { readRun } from '../../src/runs/read-run.ts'
import type { Run } from '../../src/runs/run.ts'
import { engines } from '../support/database.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { readJob } from '../support/jobs.ts'
import { sharedDatabase } from '../support/migrated-database.ts'
import type { Turn } from '../support/provider/turn.ts'
import { type RunExecutor, runExecutor } from '../support/run-executor.ts'
import { readLog, takeOver } from '../support/runs.ts'

setDefaultTimeout(120_000)

const asks = (...texts: string[]): Turn => ({
  toolCalls: texts.map(text => ({ id: `call_${text}`, name: 'ask', input: { text } })),
  usage: { input: 10, output: 1 },
})
const answers = (text: string): Turn => ({ text, usage: { input: 20, output: 2 } })

const dataOf = (events: RunEvent[], type: string) =>
  events.filter(event => event.type === type).map(event => JSON.parse(event.data))

describe.each(engines)('a run that was cut off on %s', engine => {
  const opened = sharedDatabase(engine)
  const clock = new FakeClock()

  /** What the provider was sent with its request of this number, as `role: text`. */
  async function sent(executor: RunExecutor, run: Run, number: number): Promise<string[]> {
    const { body } = (await executor.provider.request(run.agent, number)).record
    // Safe: what the SDK sends to a server that speaks Chat Completions.
    const { messages } = body as { messages: { role: string; content: string | null; tool_call_id?: string }[] }
    return messages.map(({ role, content, tool_call_id }) => [role, tool_call_id, content].filter(Boolean).join(' '))
  }

  /** Resolves when an event of this type is stored, so many times. */
  const stored = (executor: RunExecutor, run: Run, type: string, times = 1) =>
    new Promise<void>(resolve => {
      let seen = 0
      const stop = executor.hub.watch(run.id, {
        stored: events => {
          seen += events.filter(event => event.type === type).length
          if (seen < times) return
          stop()
          resolve()
        },
        hinted: () => {},
      })
    })

  test('is left alone by an attempt that begins when a later one has begun', async () => {
    const { database } = opened()
    await using executor = await runExecutor(database, clock)
    const run = await executor.run([asks('a'), answers('done')])
    await takeOver(database, run)
    const second = executor.attempt(run, { ...executor.job(run), attempt: 2 })
    await executor.call(1)
    await expect(executor.attempt(run).done).rejects.toBeInstanceOf(LeaseLost)
    expect(executor.calls).toHaveLength(1)
    executor.calls[0]?.answer('a answered')
    await second.done
    expect(await readRun(database, run.id)).toMatchObject({ status: 'completed', attempt: 2 })
  })

  test.each([
    ['the first', 'a', 'b'],
    ['the last', 'b', 'a'],
  ])('repeats no tool call that has finished: %s of two', async (_which, finished, cutOff) => {
    const { database } = opened()
    await using executor = await runExecutor(database, clock)
    const run = await executor.run([asks('a', 'b'), answers('done')])
    const first = executor.attempt(run)
    await executor.call(2)
    const result = stored(executor, run, 'tool.result')
    executor.calls.find(call => call.text === finished)?.answer(`${finished} answered`)
    await result
    first.abort(new Interrupted('The process stops.'))
    await first.done
    expect(await readJob(database, run.jobId)).toMatchObject({ state: 'available', attempt: 0 })
    expect(await readRun(database, run.id)).toMatchObject({ status: 'queued', inputTokens: 10, outputTokens: 1 })

    const second = executor.attempt(run, await executor.claim(run))
    const again = await executor.call(3)
    expect(again.text).toBe(cutOff)
    expect(again.context.toolCallId).toBe(`call_${cutOff}`)
    const before = executor.calls.find(call => call.text === cutOff)
    expect(again.context.idempotencyKey).toBe(before?.context.idempotencyKey ?? 'none')
    again.answer(`${cutOff} answered`)
    await second.done

    expect(await sent(executor, run, 2)).toEqual([
      'user hello',
      'assistant',
      'tool call_a a answered',
      'tool call_b b answered',
    ])
    expect(executor.provider.requests(run.agent)).toHaveLength(2)
    expect(executor.calls).toHaveLength(3)
    const events = await readLog(database, run)
    expect(events.map(event => event.seq)).toEqual(events.map((_, index) => index + 1))
    const steps = dataOf(events, 'step.completed').map(({ step, kind }) => `${step} ${kind}`)
    expect(steps.sort()).toEqual(['1 model', '2 tool', '3 tool', '4 model'])
    expect(dataOf(events, 'tool.result').find(result => result.tool_call_id === 'call_a')).toMatchObject({ step: 2 })
    expect(await readRun(database, run.id)).toMatchObject({
      status: 'completed',
      output: 'done',
      inputTokens: 30,
      outputTokens: 3,
    })
  })

  test('makes no model call again whose answer is stored', async () => {
    const { database } = opened()
    await using executor = await runExecutor(database, clock)
    const run = await executor.run([asks('a'), answers('done')])
    const first = executor.attempt(run)
    await executor.call(1)
    first.abort(new Interrupted('The process stops.'))
    await first.done
    const second = executor.attempt(run, await executor.claim(run))
    const again = await executor.call(2)
    again.answer('answered')
    await second.done
    expect(executor.provider.requests(run.agent)).toHaveLength(2)
    expect(await readRun(database, run.id)).toMatchObject({ status: 'completed', inputTokens: 30, outputTokens: 3 })
  })

  test('makes the model call again that was cut off, and counts its tokens once', async () => {
    const { database } = opened()
    await using executor = await runExecutor(database, clock)
    const run = await executor.run([{ text: ['half ', 'of it'], hold: true }, answers('all of it')])
    const first = executor.attempt(run)
    const exchange = await executor.provider.request(run.agent, 1)
    const half = stored(executor, run, 'text.delta')
    exchange.release(1)
    await half
    first.abort(new Interrupted('The process stops.'))
    await first.done
    const second = executor.attempt(run, await executor.claim(run))
    await second.done
    const events = await readLog(database, run)
    const deltas = dataOf(events, 'text.delta').map(({ step, text }) => `${step} ${text}`)
    expect(deltas[0]).toBe('1 half ')
    expect(
      deltas
        .slice(1)
        .map(delta => delta.replace('1 ', ''))
        .join(''),
    ).toBe('all of it')
    expect(events.map(event => event.type)).toContain('run.interrupted')
    expect(await readRun(database, run.id)).toMatchObject({
      status: 'completed',
      output: 'all of it',
      inputTokens: 20,
      outputTokens: 2,
    })
  })

  test('goes on in the attempt that took it over, and the one that lost it writes nothing', async () => {
    const { database } = opened()
    await using executor = await runExecutor(database, clock)
    const run = await executor.run([asks('a'), answers('done')])
    const first = executor.attempt(run)
    const early = await executor.call(1)
    await takeOver(database, run)
    early.answer('too late')
    await expect(first.done).rejects.toThrow(LeaseLost)
    expect((await readLog(database, run)).map(event => event.type)).not.toContain('tool.result')
    const job = { ...(await readJob(database, run.jobId)), payload: { run_id: run.id }, ordered: false }
    const second = executor.attempt(run, job)
    const late = await executor.call(2)
    late.answer('in time')
    await second.done
    expect(await sent(executor, run, 2)).toEqual(['user hello', 'assistant', 'tool call_a in time'])
    expect(await readRun(database, run.id)).toMatchObject({ status: 'completed', output: 'done', attempt: 2 })
  })

  test('adds the tokens of every attempt, those that failed too', async () => {
    const { database } = opened()
    await using executor = await runExecutor(database, clock)
    const run = await executor.run([asks('a'), { error: { status: 500, message: 'no' } }, asks('b'), answers('done')])
    let attempt = executor.attempt(run)
    ;(await executor.call(1)).answer('a answered')
    await attempt.done
    expect(await readJob(database, run.jobId)).toMatchObject({ state: 'scheduled', attempt: 1 })
    expect(await readRun(database, run.id)).toMatchObject({ status: 'queued', inputTokens: 10, outputTokens: 1 })
    clock.advance(60_000)
    attempt = executor.attempt(run, await executor.claim(run))
    ;(await executor.call(2)).answer('b answered')
    await attempt.done
    const ended = dataOf(await readLog(database, run), 'run.completed')
    expect(ended).toEqual([
      { output: 'done', usage: { input_tokens: 40, output_tokens: 4, total_tokens: 44, cost_usd: null } },
    ])
    expect(await readRun(database, run.id)).toMatchObject({ attempt: 2, inputTokens: 40, outputTokens: 4 })
  })

  test('knows what has finished also from a long log', async () => {
    const { database } = opened()
    await using executor = await runExecutor(database, clock)
    const run = await executor.run([])
    const insert =
      engine === 'sqlite'
        ? `select value from json_each('[${Array.from({ length: 1_200 }, (_, n) => n + 2)}]')`
        : 'select generate_series(2, 1201) value'
    const step = JSON.stringify({ step: 1, kind: 'model', content: [], finish_reason: 'stop', usage: {} })
    await database.transaction(tx =>
      tx.query(
        `insert into run_events (run_id, seq, type, data, created_at)
         select '${run.id}', value, case value when 700 then 'step.completed' else 'text.delta' end, '${step}', created_at
         from (${insert}) numbers, runs where id = '${run.id}' and value <= 1201`,
        [],
      ),
    )
    const { finished, lastSeq } = await readRunHistory(database, run.id)
    expect([finished.length, lastSeq]).toEqual([1, 1201])
  })
})
