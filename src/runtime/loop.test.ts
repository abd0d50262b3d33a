import { afterEach, beforeEach, describe, expect, type Mock, spyOn, test } from 'bun:test'
import { type Deferred, deferred } from './deferred.ts'
import { Loop, type LoopOptions } from './loop.ts'

/** A loop whose turns wait for the test: each resolves or rejects as the test says. */
function heldLoop(options: Partial<LoopOptions> = {}) {
  const turns: { signal: AbortSignal; end: Deferred<number> }[] = []
  const errors: unknown[] = []
  let begun = deferred<void>()
  let inside = 0
  let overlapped = false
  const loop = new Loop({
    name: 'held',
    onError: error => errors.push(error),
    body: async signal => {
      overlapped ||= inside > 0
      inside++
      const end = deferred<number>()
      turns.push({ signal, end })
      begun.resolve()
      begun = deferred()
      return end.promise.finally(() => inside--)
    },
    ...options,
  })
  /** Resolves with this turn, the first is 1, once it has begun. */
  const turn = async (number: number) => {
    for (;;) {
      const found = turns[number - 1]
      if (found) return found
      await begun.promise
    }
  }
  return { loop, turn, turns, errors, overlapped: () => overlapped }
}

const sleep = Number.POSITIVE_INFINITY

describe('a loop', () => {
  test('does nothing before it is started', async () => {
    const { loop, turns } = heldLoop()
    loop.wake()
    await loop.stop()
    expect(turns).toHaveLength(0)
  })

  test('runs again at once when its body says 0', async () => {
    const { loop, turn } = heldLoop()
    loop.start()
    ;(await turn(1)).end.resolve(0)
    ;(await turn(2)).end.resolve(sleep)
    await loop.stop()
  })

  test('is woken from a sleep that would never end', async () => {
    const { loop, turn } = heldLoop()
    loop.start()
    ;(await turn(1)).end.resolve(sleep)
    await new Promise(setImmediate)
    loop.wake()
    ;(await turn(2)).end.resolve(sleep)
    await loop.stop()
  })

  test('does not lose a wake that comes in the middle of a turn', async () => {
    const { loop, turn } = heldLoop()
    loop.start()
    const first = await turn(1)
    loop.wake()
    first.end.resolve(sleep)
    ;(await turn(2)).end.resolve(sleep)
    await loop.stop()
  })

  test('never overlaps itself, however often it is woken and started', async () => {
    const { loop, turn, turns, overlapped } = heldLoop()
    loop.start()
    loop.start()
    const first = await turn(1)
    for (let wakes = 0; wakes < 10; wakes++) loop.wake()
    loop.start()
    await new Promise(setImmediate)
    expect(turns).toHaveLength(1)
    first.end.resolve(sleep)
    ;(await turn(2)).end.resolve(sleep)
    await loop.stop()
    expect(turns).toHaveLength(2)
    expect(overlapped()).toBe(false)
  })

  test('reports an error and goes on', async () => {
    const { loop, turn, errors } = heldLoop({ errorBackoff: { minMs: 0, maxMs: 0 } })
    loop.start()
    ;(await turn(1)).end.reject(new Error('bad turn'))
    ;(await turn(2)).end.resolve(sleep)
    expect(errors).toEqual([new Error('bad turn')])
    await loop.stop()
  })

  test('says when its last turn ended', async () => {
    const { loop, turn } = heldLoop()
    expect(loop.lastTurnAt).toBe(0)
    loop.start()
    ;(await turn(1)).end.resolve(0)
    await turn(2)
    expect(loop.lastTurnAt).toBeGreaterThan(0)
    ;(await turn(2)).end.resolve(sleep)
    await loop.stop()
  })
})

describe('stopping a loop', () => {
  test('aborts the signal of the turn under way and waits for its end', async () => {
    const { loop, turn } = heldLoop()
    loop.start()
    const { signal, end } = await turn(1)
    let stopped = false
    const stopping = loop.stop().then(() => {
      stopped = true
    })
    expect(signal.aborted).toBe(true)
    await new Promise(setImmediate)
    expect(stopped).toBe(false)
    end.resolve(sleep)
    await stopping
  })

  test('ends a sleep at once, and is safe twice', async () => {
    const { loop, turn, turns } = heldLoop()
    loop.start()
    ;(await turn(1)).end.resolve(sleep)
    await new Promise(setImmediate)
    await loop.stop()
    await loop.stop()
    loop.wake()
    expect(turns).toHaveLength(1)
  })

  test('does not report the error of a turn that was aborted', async () => {
    const { loop, turn, errors } = heldLoop()
    loop.start()
    const { end } = await turn(1)
    const stopping = loop.stop()
    end.reject(new Error('aborted'))
    await stopping
    expect(errors).toEqual([])
  })
})

describe('how long a loop sleeps', () => {
  let timers: Mock<typeof setTimeout>
  beforeEach(() => {
    timers = spyOn(globalThis, 'setTimeout')
  })
  afterEach(() => timers.mockRestore())

  const slept = () => timers.mock.calls.map(([, ms]) => ms)

  test('is what its body says', async () => {
    const { loop, turn } = heldLoop()
    loop.start()
    ;(await turn(1)).end.resolve(12_345)
    await new Promise(setImmediate)
    await loop.stop()
    expect(slept()).toEqual([12_345])
  })

  test('doubles with each failure up to the limit, and begins anew after a turn that went well', async () => {
    const { loop, turn } = heldLoop({ errorBackoff: { minMs: 10_000, maxMs: 30_000 } })
    loop.start()
    const fail = async (number: number) => {
      ;(await turn(number)).end.reject(new Error('away'))
      await new Promise(setImmediate)
      loop.wake()
    }
    for (const number of [1, 2, 3, 4]) await fail(number)
    ;(await turn(5)).end.resolve(sleep)
    await new Promise(setImmediate)
    loop.wake()
    await fail(6)
    ;(await turn(7)).end.resolve(sleep)
    await loop.stop()
    expect(slept()).toEqual([10_000, 20_000, 30_000, 30_000, 10_000])
  })
})
