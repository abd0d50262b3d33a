import { afterEach, beforeEach, describe, expect, type Mock, spyOn, test } from 'bun:test'
import { deferred } from './deferred.ts'
import { Lifecycle } from './lifecycle.ts'
import type { Service } from './service.ts'

/** Services that write into one list what is done to them. */
function story() {
  const told: string[] = []
  const service = (name: string, own: Partial<Service> = {}): Service => ({
    name,
    start: () => void told.push(`start ${name}`),
    stop: () => void told.push(`stop ${name}`),
    ...own,
  })
  const failures: string[] = []
  const begin = (services: Service[]) =>
    new Lifecycle({
      services,
      drainMs: 60_000,
      onState: state => told.push(state),
      onStopFailure: ({ name }, error) => failures.push(`${name}: ${error instanceof Error ? error.message : error}`),
    })
  return { told, failures, service, begin }
}

describe('a lifecycle', () => {
  test('starts services in order and stops them in reverse', async () => {
    const { told, service, begin } = story()
    const lifecycle = begin([service('a'), service('b')])
    expect(lifecycle.state).toBe('starting')
    await lifecycle.start()
    expect(lifecycle.state).toBe('ready')
    await lifecycle.stop()
    expect(told).toEqual(['start a', 'start b', 'ready', 'draining', 'stop b', 'stop a', 'stopped'])
  })

  test('waits for each start before the next', async () => {
    const { told, service, begin } = story()
    const slow = deferred<void>()
    const started = begin([service('a', { start: () => slow.promise }), service('b')]).start()
    await new Promise(setImmediate)
    expect(told).toEqual([])
    slow.resolve()
    await started
    expect(told).toEqual(['start b', 'ready'])
  })

  test('stops what had started, also the one that failed, when a start fails', async () => {
    const { told, service, begin } = story()
    const broken = service('b', {
      start: () => {
        throw new Error('port in use')
      },
    })
    const lifecycle = begin([service('a'), broken, service('c')])
    await expect(lifecycle.start()).rejects.toThrow('port in use')
    expect(told).toEqual(['start a', 'stop b', 'stop a', 'failed'])
    expect(lifecycle.state).toBe('failed')
  })

  test('stops only once, however often it is asked', async () => {
    const { told, service, begin } = story()
    const lifecycle = begin([service('a')])
    await lifecycle.start()
    await Promise.all([lifecycle.stop(), lifecycle.stop()])
    await lifecycle.stop()
    expect(told.filter(word => word === 'stop a')).toHaveLength(1)
  })

  test('can be stopped before it was started', async () => {
    const { told, service, begin } = story()
    const lifecycle = begin([service('a')])
    await lifecycle.stop()
    expect(told).toEqual(['draining', 'stopped'])
  })

  test('stops the others when one fails to stop, and reports it', async () => {
    const { told, failures, service, begin } = story()
    const broken = service('b', {
      stop: () => {
        throw new Error('stuck')
      },
    })
    const lifecycle = begin([service('a'), broken])
    await lifecycle.start()
    await lifecycle.stop()
    expect(told.slice(-2)).toEqual(['stop a', 'stopped'])
    expect(failures).toEqual(['b: stuck'])
  })
})

describe('a service that takes long to stop', () => {
  let timers: Mock<typeof setTimeout>
  beforeEach(() => {
    timers = spyOn(globalThis, 'setTimeout')
  })
  afterEach(() => timers.mockRestore())

  /** Lets all timers end with the present turn, whatever their time. */
  const hurry = (): number[] => {
    const asked: number[] = []
    // Safe: of what it returns, src uses clearTimeout alone.
    const soon = (callback: () => void, ms = 0) => {
      asked.push(ms)
      return setImmediate(callback)
    }
    timers.mockImplementation(soon as unknown as typeof setTimeout)
    return asked
  }

  test('is told to drop what it does when its time is up: the drain for one that drains, else a few seconds', async () => {
    const { told, failures, service, begin } = story()
    const untilAborted = (name: string): Partial<Service> => ({
      stop: signal =>
        new Promise(resolve =>
          signal.addEventListener('abort', () => {
            told.push(`${name} dropped its work`)
            resolve()
          }),
        ),
    })
    const lifecycle = begin([
      service('plain', untilAborted('plain')),
      service('worker', { ...untilAborted('worker'), drains: true }),
    ])
    await lifecycle.start()
    const asked = hurry()
    await lifecycle.stop()
    expect(told.slice(-3)).toEqual(['worker dropped its work', 'plain dropped its work', 'stopped'])
    expect(failures).toEqual([])
    expect(asked.filter((_ms, index) => index % 2 === 0).map(Math.round)).toEqual([60_000, 3_000])
  })

  test('is left behind when even that does not help', async () => {
    const { told, failures, service, begin } = story()
    const lifecycle = begin([service('a'), service('stone', { stop: () => new Promise(() => {}) })])
    await lifecycle.start()
    hurry()
    await lifecycle.stop()
    expect(failures).toEqual(['stone: stone did not stop'])
    expect(told).toContain('stop a')
    expect(lifecycle.state).toBe('stopped')
  })
})
