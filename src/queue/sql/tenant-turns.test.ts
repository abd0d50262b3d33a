import { describe, expect, test } from 'bun:test'
import { nextTurn, type Seen, shareOf, type Turn } from './tenant-turns.ts'

const turn: Turn = { after: 'b', until: 'b', from: null }
const seen = (given: Partial<Seen>): Seen => ({
  limit: 10,
  found: 0,
  tenants: 3,
  lastTenant: 'b',
  lastServed: null,
  shareTaken: false,
  position: null,
  ...given,
})

describe('the next turn', () => {
  test('begins behind the tenant that was served last', () => {
    expect(nextTurn(turn, seen({ found: 10, lastServed: 'd' }))).toEqual({
      next: { after: 'd', until: 'd', from: null },
      more: true,
    })
  })

  test('goes on within the jobs of a tenant that is alone, and nowhere else', () => {
    const position = { priority: 0, runAt: 5, id: 'job' }
    const alone = seen({ found: 10, lastServed: 'b', tenants: 1, position })
    expect(nextTurn(turn, alone).next.from).toEqual(position)
    expect(nextTurn(turn, { ...alone, tenants: 2 }).next.from).toBeNull()
    // Behind the place there is nothing, which says nothing of what is before it.
    expect(nextTurn({ ...turn, from: position }, seen({}))).toEqual({ next: turn, more: true })
  })

  test('ends the circle where it was when nothing was found and not all have been seen', () => {
    const { next, more } = nextTurn(turn, seen({ lastTenant: 'y' }))
    expect([next.after, next.until, more]).toEqual(['y', 'b', true])
    expect(nextTurn(next, seen({ lastTenant: 'b' })).more).toBe(false)
  })

  test('begins a circle anew when something was found', () => {
    expect(nextTurn(turn, seen({ found: 1, lastServed: 'c', lastTenant: 'y' })).next).toMatchObject({ until: 'y' })
  })

  test('is at once while a tenant may have more than its share', () => {
    expect(nextTurn(turn, seen({ found: 5, lastServed: 'c', shareTaken: true })).more).toBe(true)
    expect(nextTurn(turn, seen({ found: 5, lastServed: 'c' })).more).toBe(false)
  })

  test('stays what it is while the queue is closed', () => {
    expect(nextTurn(turn, seen({ lastTenant: null }))).toEqual({ next: turn, more: false })
  })
})

test('the shares of tenants are all that is wanted, and differ by one at most', () => {
  for (const [limit, tenants] of [
    [10, 1],
    [10, 3],
    [7, 7],
    [1_000, 64],
  ] as const) {
    const shares = Array.from({ length: tenants }, (_, index) => shareOf(limit, tenants, index + 1))
    expect(shares.reduce((sum, share) => sum + share, 0)).toBe(limit)
    expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1)
  }
})
