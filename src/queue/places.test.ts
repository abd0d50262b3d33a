import { describe, expect, test } from 'bun:test'
import type { ClaimedJob } from './job.ts'
import { Places } from './places.ts'

const jobOf = (tenantId: string, given: Partial<ClaimedJob> = {}): ClaimedJob => ({
  id: `job_${tenantId}`,
  tenantId,
  queue: 'default',
  kind: 'test',
  payload: null,
  attempt: 1,
  maxAttempts: 1,
  ordered: false,
  ...given,
})

/** Of a worker that has claimed a job of a tenant with many. */
function placesInBacklog(): Places {
  const places = new Places(20, false)
  places.backlog.noteClaim([jobOf('many')])
  return places
}

describe('the places of a worker', () => {
  test('let the ends of a backlog be written later once a guest has come, and no others', () => {
    const places = placesInBacklog()
    expect(places.endMayWait(jobOf('many'))).toBe(false)
    expect(places.reserve('guest')).toBe(true)
    expect(places.endMayWait(jobOf('many'))).toBe(true)
    expect(places.endMayWait(jobOf('guest'))).toBe(false)
    expect(places.endMayWait(jobOf('many', { ordered: true }))).toBe(false)
    places.caughtUp = true
    expect(places.endMayWait(jobOf('many'))).toBe(false)
  })

  test('let the insert of a guest go first', async () => {
    const places = placesInBacklog()
    await places.guestFirst()
    places.reserve('guest')
    const order: string[] = []
    const others = places.guestFirst().then(() => order.push('others'))
    await new Promise(setImmediate)
    order.push('guest')
    places.release()
    await others
    expect(order).toEqual(['guest', 'others'])
  })

  test('wait for a guest but a moment', async () => {
    const places = placesInBacklog()
    places.reserve('guest')
    await places.guestFirst()
    expect(places.reserved).toBe(1)
  })

  test('wait for nobody where there is no backlog', async () => {
    const places = new Places(20, true)
    places.reserve('anybody')
    let turns = 0
    await Promise.race([places.guestFirst(), new Promise(setImmediate).then(() => turns++)])
    expect(turns).toBe(0)
  })
})
