import { afterEach, beforeEach, expect } from 'bun:test'

const realSetTimeout = globalThis.setTimeout
const realClearTimeout = globalThis.clearTimeout

/**
 * Fails every test of the file that leaves a timer of src running: a loop that was not stopped, a deadline that was not
 * cleared. (Connections: see migrated-database.ts.)
 */
export function failOnTimersLeft(): void {
  const running = new Map<unknown, string>()

  beforeEach(() => {
    running.clear()
    const counted = (callback: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) => {
      const timer = realSetTimeout(() => {
        running.delete(timer)
        callback(...args)
      }, ms)
      const setter = new Error().stack?.split('\n')[2] ?? ''
      if (setter.includes('/src/')) running.set(timer, setter.trim())
      return timer
    }
    // Safe: what src uses of them, the call, is the same.
    globalThis.setTimeout = counted as unknown as typeof setTimeout
    globalThis.clearTimeout = ((timer: number | Timer | undefined) => {
      running.delete(timer)
      realClearTimeout(timer)
    }) as typeof clearTimeout
  })

  afterEach(() => {
    globalThis.setTimeout = realSetTimeout
    globalThis.clearTimeout = realClearTimeout
    expect([...running.values()]).toEqual([])
  })
}
