import { expect, test } from 'bun:test'
import { SlowScan } from './slow-scan.ts'
import type { Place } from './sql/claim-behind.ts'

const placeOf = (id: string): Place => ({ tenantId: 'default', priority: 0, runAt: 1, id })

/** Looks from the start `times` times, each taking so long and finding one job. */
function looks(scan: SlowScan, tookMs: number, times: number, place: Place | null = placeOf('job_1')): void {
  for (let look = 0; look < times; look++) scan.noteFromStart({ tookMs, found: 1, last: place }, 0)
}

test('looks from the start as long as that is quick', () => {
  const scan = new SlowScan()
  looks(scan, 0.4, 50)
  expect(scan.at(0)).toBeNull()
})

test('looks from the last place for a while when a few looks in a row were slow, and then from the start again', () => {
  const scan = new SlowScan()
  looks(scan, 0.4, 10)
  looks(scan, 3, 2)
  expect(scan.at(0)).toBeNull()
  looks(scan, 3, 1, placeOf('job_9'))
  expect(scan.at(29)).toEqual({ place: placeOf('job_9'), untilMs: 30 })
  expect(scan.at(30)).toBeNull()
})

test('goes on from where it has come to meanwhile', () => {
  const scan = new SlowScan()
  looks(scan, 0.4, 10)
  looks(scan, 3, 3)
  scan.noteBehind({ tookMs: 0.4, found: 1, last: placeOf('job_5') })
  scan.noteBehind({ tookMs: 0.4, found: 0, last: null })
  expect(scan.at(1)?.place).toEqual(placeOf('job_5'))
})

test('still knows what is usual after a long time of slow looks', () => {
  const scan = new SlowScan()
  looks(scan, 0.4, 10)
  for (let turn = 0; turn < 1_000; turn++) {
    looks(scan, 3, 1)
    scan.noteBehind({ tookMs: 0.4, found: 1, last: placeOf('job_5') })
  }
  expect(scan.at(1)).not.toBeNull()
})

test('takes no notice of one slow look, nor of claims that took long for what they took', () => {
  const scan = new SlowScan()
  looks(scan, 0.4, 10)
  for (let turn = 0; turn < 10; turn++) {
    looks(scan, 3, 1)
    looks(scan, 0.4, 1)
    scan.noteFromStart({ tookMs: 20, found: 500, last: placeOf('job_1') }, 0)
  }
  expect(scan.at(0)).toBeNull()
})

test('looks from the start where several tenants have work', () => {
  const scan = new SlowScan()
  looks(scan, 0.4, 10)
  looks(scan, 3, 5, null)
  expect(scan.at(0)).toBeNull()
})

test('never leaves what lies before for longer than a quarter of a second', () => {
  const scan = new SlowScan()
  looks(scan, 0.4, 10)
  looks(scan, 400, 3)
  expect(scan.at(0)?.untilMs).toBe(250)
})

test('tries another place now and then where every look was slow from the first on, for one claim', () => {
  const scan = new SlowScan()
  looks(scan, 3, 2)
  expect(scan.at(0)).toBeNull()
  looks(scan, 3, 1, placeOf('job_3'))
  expect(scan.at(0)).toEqual({ place: placeOf('job_3'), untilMs: 0 })
  expect(scan.at(0)).toBeNull()
  // It gave nothing: the next try is far.
  scan.noteBehind({ tookMs: 2.9, found: 1, last: placeOf('job_4') })
  looks(scan, 3, 60)
  expect(scan.at(0)).toBeNull()
})

test('stays with the other place where the try was much quicker', () => {
  const scan = new SlowScan()
  looks(scan, 3, 3)
  scan.at(0)
  scan.noteBehind({ tookMs: 0.4, found: 1, last: placeOf('job_4') })
  looks(scan, 3, 3, placeOf('job_7'))
  expect(scan.at(29)).toEqual({ place: placeOf('job_7'), untilMs: 30 })
})
