import { describe, expect, test } from 'bun:test'
import { engines } from '../support/database.ts'
import { useStage } from './stage.ts'

const openmetrics = 'application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.3,*/*;q=0.2'

describe.each(engines)('metrics on %s', engine => {
  const stage = useStage(engine)
  const scrape = (accept?: string) =>
    stage().service.request('GET', '/metrics', undefined, accept === undefined ? {} : { accept })

  test('are OpenMetrics for whoever prefers it, as Prometheus does', async () => {
    const response = await scrape(openmetrics)
    expect(response.headers.get('content-type')).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8')
    expect(await response.text()).toEndWith('\n# EOF\n')
  })

  test.each([
    undefined,
    '*/*',
    'text/plain',
    'application/openmetrics-text;q=0.2,text/plain;q=0.5',
    'application/json',
  ])('are Prometheus text for Accept: %p', async accept => {
    const response = await scrape(accept)
    expect(response.headers.get('content-type')).toStartWith('text/plain; version=0.0.4')
    expect(await response.text()).not.toContain('# EOF')
  })

  test('tell of the version, readiness, queues, disk and database', async () => {
    const text = await (await scrape()).text()
    expect(text).toMatch(/^bunkhouse_build_info\{version="\d[^"]*",bun="[\d.]+"\} 1$/m)
    expect(text).toMatch(/^bunkhouse_ready 1$/m)
    expect(text).toMatch(/^bunkhouse_queue_jobs\{queue="runs",state="available"\} \d+$/m)
    expect(text).toMatch(/^bunkhouse_queue_paused\{queue="runs"\} 0$/m)
    for (const name of ['database_bytes', 'disk_free_bytes', 'disk_size_bytes', 'open_handles']) {
      expect(Number(new RegExp(`^bunkhouse_${name} (\\d+)$`, 'm').exec(text)?.[1])).toBeGreaterThan(0)
    }
    expect(/^bunkhouse_sqlite_wal_bytes \d+$/m.test(text)).toBe(engine === 'sqlite')
    expect(text).not.toContain('loop="metrics"')
  })

  test('tell how long jobs were due before their attempts', async () => {
    const before = await pickups()
    await stage().finished((await stage().run({ delay_seconds: 0.05 })).id)
    expect((await pickups()) - before).toBe(1)
  })

  const pickups = async () =>
    Number(/^bunkhouse_job_pickup_seconds_count\{queue="runs"\} (\d+)$/m.exec(await (await scrape()).text())?.[1] ?? 0)

  test('name no path of the 10,000 that a client makes up, and count them all', async () => {
    const methods = ['GET', 'POST', 'DELETE', 'PUT', 'PATCH']
    const before = await unmatched()
    for (let sent = 0; sent < 10_000; sent += 200) {
      const batch = Array.from({ length: 200 }, (_, n) => {
        const path = `/made-up-${sent + n}/${crypto.randomUUID()}`
        return stage().service.request(methods[n % methods.length] ?? 'GET', path)
      })
      for (const answer of await Promise.all(batch)) expect([404, 405]).toContain(answer.status)
    }
    const text = await (await scrape()).text()
    expect(text).not.toContain('made-up')
    expect((await unmatched()) - before).toBe(10_000)
    expect(text.match(/^bunkhouse_http_request_duration_seconds_count\{/gm)?.length).toBeLessThan(60)
  }, 60_000)

  const unmatched = async () => {
    const text = await (await scrape()).text()
    const found = text.matchAll(/^bunkhouse_http_request_duration_seconds_count\{.*route="unmatched".*\} (\d+)$/gm)
    return [...found].reduce((sum, [, count]) => sum + Number(count), 0)
  }
})
