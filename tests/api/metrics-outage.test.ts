import { expect, setDefaultTimeout, test } from 'bun:test'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { startStage } from './stage.ts'

setDefaultTimeout(60_000)

test.each(['cut', 'stall'] as const)(
  'a Postgres that is away (%s) takes its own gauges along, and no more',
  async how => {
    const server = new URL(process.env.TEST_DATABASE_URL ?? '')
    await using line = await startTcpProxy({ host: server.hostname, port: Number(server.port || 5432) })
    await using stage = await startStage('postgres', database => {
      const url = new URL(database.url)
      url.host = `127.0.0.1:${line.port}`
      return { DATABASE_URL: url.href }
    })
    const scrape = async () => (await stage.service.request('GET', '/metrics')).text()
    // The key and what the first scrape loads are known before.
    await stage.call('GET', '/v1/runs')
    await line[how]()
    const begun = performance.now()
    const text = await scrape()
    expect(performance.now() - begun).toBeLessThan(20_000)
    expect(text).toMatch(/^bunkhouse_ready 0$/m)
    expect(text).toMatch(/^bunkhouse_loop_failures_total\{loop="metrics"\} [1-9]$/m)
    expect(text).toMatch(/^process_resident_memory_bytes \d+$/m)
    expect(text).toMatch(/^bunkhouse_database_connections_max \d+$/m)
    expect(text).not.toContain('bunkhouse_queue_jobs')
    await line.restore()
    for (;;) {
      const again = await scrape()
      if (again.includes('bunkhouse_queue_jobs{')) break
      await Bun.sleep(50)
    }
  },
)
