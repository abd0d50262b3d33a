import { expect, test } from 'bun:test'
import { freePort } from '../../scripts/services/free-port.ts'
import { startService } from '../support/service.ts'

test('METRICS_PORT serves metrics without a key, and nothing else', async () => {
  const port = freePort()
  await using service = await startService({ env: { METRICS_PORT: String(port) } })
  const ask = (path: string, method = 'GET') => fetch(`http://127.0.0.1:${port}${path}`, { method })
  const metrics = await ask('/metrics')
  expect([metrics.status, await metrics.text()]).toEqual([200, expect.stringContaining('bunkhouse_ready 1')])
  for (const path of ['/', '/v1/runs', '/health', '/swagger']) expect((await ask(path)).status).toBe(404)
  expect((await ask('/metrics', 'POST')).status).toBe(404)
  expect((await fetch(`${service.url}/metrics`)).status).toBe(401)
  expect(await service.stop()).toBe(0)
})

test('a METRICS_PORT that is taken stops the start', async () => {
  await using first = await startService({ env: { METRICS_PORT: String(freePort()) } })
  const taken = new URL(first.url).port
  expect(startService({ env: { METRICS_PORT: taken } })).rejects.toThrow('ended without saying')
})
