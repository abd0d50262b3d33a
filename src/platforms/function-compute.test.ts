import { expect, test } from 'bun:test'
import { platformCaller, waitSecondsOf } from './function-compute.ts'

test.each([
  ['{"triggerTime":"2026-11-25T08:00:00Z","triggerName":"every-minute","payload":"240"}', 240],
  ['{"payload":"0"}', 0],
  ['{"payload":"99999"}', 3_600],
  ['{"payload":""}', 60],
  ['{"payload":"-1"}', 60],
  ['{"payload":"soon"}', 60],
  ['null', 60],
  ['', 60],
])('a timer whose event is %p has a tick wait for %p s', (event, seconds) => {
  expect(waitSecondsOf(event)).toBe(seconds)
})

test.each([
  ['/pre-stop', '/pre-stop', true],
  ['/invoke', '/invoke', true],
  ['/pre-stop', '/http-invoke', false],
  ['/invoke', '/pre-stop', false],
  ['/v1/runs', '/v1/runs', false],
])('a request for %p that Function Compute marks %p is its own: %p', (path, mark, own) => {
  const request = new Request(`http://localhost${path}`, { headers: { 'x-fc-control-path': mark } })
  expect(platformCaller(request, path) !== null).toBe(own)
})
