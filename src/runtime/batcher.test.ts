import { describe, expect, test } from 'bun:test'
import { Batcher, type BatcherOptions } from './batcher.ts'
import { type Deferred, deferred } from './deferred.ts'

/** A batcher whose commits wait to be let go one by one; each doubles its numbers. */
function heldBatcher({
  maxSize = 10,
  gathers,
}: Pick<Partial<BatcherOptions<number, number>>, 'maxSize' | 'gathers'> = {}) {
  const commits: { items: number[]; go: Deferred<void> }[] = []
  let arrived = deferred<void>()
  const batcher = new Batcher<number, number>({
    maxSize,
    ...(gathers && { gathers }),
    commit: async items => {
      const go = deferred<void>()
      commits.push({ items, go })
      arrived.resolve()
      arrived = deferred()
      await go.promise
      return items.map(item => item * 2)
    },
  })
  /** Resolves with the commit of this number, the first is 1, once it is under way. */
  const commit = async (number: number) => {
    for (;;) {
      const found = commits[number - 1]
      if (found) return found
      await arrived.promise
    }
  }
  return { batcher, commit, commits }
}

/** Refuses every batch with a 13 in it. */
function superstitiousBatcher() {
  const batches: number[][] = []
  const batcher = new Batcher<number, number>({
    maxSize: 10,
    commit: async items => {
      batches.push(items)
      if (items.includes(13)) throw new Error('thirteen')
      return items.map(item => item * 2)
    },
  })
  return { batcher, batches }
}

describe('a batcher', () => {
  test('puts what comes in one turn into one commit, and answers each with its own result', async () => {
    const { batcher, commit, commits } = heldBatcher()
    const results = Promise.all([1, 2, 3].map(item => batcher.submit(item)))
    const first = await commit(1)
    expect(first.items).toEqual([1, 2, 3])
    first.go.resolve()
    expect(await results).toEqual([2, 4, 6])
    expect(commits).toHaveLength(1)
  })

  test('gathers what comes during a commit for the next one', async () => {
    const { batcher, commit } = heldBatcher()
    const early = batcher.submit(1)
    const first = await commit(1)
    const late = Promise.all([2, 3].map(item => batcher.submit(item)))
    first.go.resolve()
    expect(await early).toBe(2)
    const second = await commit(2)
    expect(second.items).toEqual([2, 3])
    second.go.resolve()
    expect(await late).toEqual([4, 6])
  })

  test('goes on with the next commit while an answer of the last one comes later', async () => {
    const late = deferred<number>()
    const batcher = new Batcher<number, number>({
      maxSize: 10,
      commit: async items => items.map(item => (item === 1 ? late.promise : item * 2)),
    })
    const first = batcher.submit(1)
    expect(await batcher.submit(2)).toBe(4)
    expect(await batcher.submit(3)).toBe(6)
    late.resolve(2)
    expect(await first).toBe(2)
  })

  test('answers nobody before the commit has ended', async () => {
    const { batcher, commit } = heldBatcher()
    const order: string[] = []
    const result = batcher.submit(1).then(() => order.push('answered'))
    const { go } = await commit(1)
    order.push('committing')
    go.resolve()
    await result
    expect(order).toEqual(['committing', 'answered'])
  })

  test('commits no more at once than it may', async () => {
    const { batcher, commit } = heldBatcher({ maxSize: 2 })
    const results = Promise.all([1, 2, 3].map(item => batcher.submit(item)))
    const first = await commit(1)
    expect(first.items).toEqual([1, 2])
    first.go.resolve()
    const second = await commit(2)
    expect(second.items).toEqual([3])
    second.go.resolve()
    expect(await results).toEqual([2, 4, 6])
  })

  test('begins anew after it had nothing to do', async () => {
    const { batcher, commit } = heldBatcher()
    const first = batcher.submit(1)
    ;(await commit(1)).go.resolve()
    await first
    const second = batcher.submit(2)
    ;(await commit(2)).go.resolve()
    expect(await second).toBe(4)
  })

  test('lets one bad item fail alone', async () => {
    const { batcher, batches } = superstitiousBatcher()
    const results = await Promise.allSettled([1, 13, 2].map(item => batcher.submit(item)))
    expect(results.map(result => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(batches).toEqual([[1, 13, 2], [1], [13], [2]])
  })

  test('tries a batch of one only once, and goes on after it failed', async () => {
    const { batcher, batches } = superstitiousBatcher()
    await expect(batcher.submit(13)).rejects.toThrow('thirteen')
    expect(await batcher.submit(1)).toBe(2)
    expect(batches).toEqual([[13], [1]])
  })

  test('tries nothing one by one when the failure is not an item’s own', async () => {
    const batches: number[][] = []
    const batcher = new Batcher<number, number>({
      maxSize: 10,
      commit: async items => {
        batches.push(items)
        throw new Error('gone')
      },
      isShared: error => error instanceof Error && error.message === 'gone',
    })
    const results = await Promise.allSettled([1, 2].map(item => batcher.submit(item)))
    expect(results.map(result => result.status)).toEqual(['rejected', 'rejected'])
    expect(batches).toEqual([[1, 2]])
  })

  const anHour = 3_600_000
  const turns = async () => {
    for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate)
  }
  /** The first that comes finds nothing to wait for. */
  const gathering = async (gathers: { ms: number; enough: number }) => {
    const held = heldBatcher({ gathers })
    const first = held.batcher.submit(1, true)
    ;(await held.commit(1)).go.resolve()
    await first
    return held
  }

  test('gathers those that may wait until they are enough', async () => {
    const { batcher, commit, commits } = await gathering({ ms: anHour, enough: 3 })
    const early = [2, 3].map(item => batcher.submit(item, true))
    await turns()
    expect(commits).toHaveLength(1)
    const results = Promise.all([...early, batcher.submit(4, true)])
    const second = await commit(2)
    expect(second.items).toEqual([2, 3, 4])
    second.go.resolve()
    expect(await results).toEqual([4, 6, 8])
  })

  test('takes those that may wait along with one that may not', async () => {
    const { batcher, commit, commits } = await gathering({ ms: anHour, enough: 3 })
    const patient = batcher.submit(2, true)
    await turns()
    const pressing = batcher.submit(3)
    const second = await commit(2)
    expect(second.items).toEqual([2, 3])
    second.go.resolve()
    expect(await Promise.all([patient, pressing])).toEqual([4, 6])
    // It is over with that one.
    const next = batcher.submit(4, true)
    await turns()
    expect(commits).toHaveLength(2)
    void batcher.submit(5)
    ;(await commit(3)).go.resolve()
    expect(await next).toBe(8)
  })

  test('commits what may wait when its time is over', async () => {
    const { batcher, commit } = await gathering({ ms: 20, enough: 3 })
    const late = batcher.submit(2, true)
    const second = await commit(2)
    expect(second.items).toEqual([2])
    second.go.resolve()
    expect(await late).toBe(4)
  })
})
