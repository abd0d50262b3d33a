import { Database as Sqlite } from 'bun:sqlite'
import { describe, expect, test } from 'bun:test'
import { until } from '../lifecycle/world.ts'
import { engines } from '../support/database.ts'
import { openUrl } from '../support/migrated-database.ts'
import { must, useStage } from './stage.ts'

interface LinesView {
  process_id: string
  data: { n: number; line: { level: string; msg: string; requestId?: string; runId?: string } }[]
}
interface AlertsView {
  data: { name: string; severity: string; subject: string | null; runbook: string }[]
}
interface FindingsView {
  ok: boolean
  findings: { level: string; area: string; text: string; advice?: string }[]
}

describe.each(engines)('what an operator sees on %s', engine => {
  const stage = useStage(engine, {
    LOG_LEVEL: 'debug',
    OPENAI_API_KEY: 'sk-planted-in-the-environment-0123456789',
    // Nobody is there.
    OPENAI_BASE_URL: 'http://127.0.0.1:1',
  })
  /** Behind the service's back. */
  const makeOlder = async (id: string) => {
    const { url } = stage().database
    if (engine === 'sqlite') {
      using file = new Sqlite(url.slice('sqlite:'.length))
      file.run('PRAGMA busy_timeout = 5000')
      file.run('update runs set created_at = created_at - 8000000 where id = ?', [id])
      return
    }
    const { database, close } = await openUrl(url)
    await database.query(`update runs set created_at = created_at - interval '8000 seconds' where id = $1`, [id])
    await close()
  }
  const logs = async (query: string) =>
    (await must(200, stage().call<LinesView>('GET', `/v1/system/logs?${query}`))).body

  test('the log of the process, by level and by what stands in it', async () => {
    const { body: system } = await must(200, stage().call<{ process_id: string }>('GET', '/v1/system'))
    const run = await stage().run()
    await stage().finished(run.id)
    const { process_id, data } = await logs(`contains=${run.id.toUpperCase()}`)
    expect(process_id).toBe(system.process_id)
    expect(data.map(({ line }) => line.msg)).toContain('run started')
    expect(data.every(({ line }) => JSON.stringify(line).includes(run.id))).toBe(true)
    expect((await logs('level=fatal')).data).toEqual([])
    const all = (await logs('limit=1000')).data
    expect(all.map(({ n }) => n)).toEqual(all.map((_, index) => (all[0]?.n ?? 0) + index))
    expect((await logs('limit=3')).data).toHaveLength(3)
    const after = all.at(-2)?.n ?? 0
    expect((await logs(`after=${after}&limit=1000`)).data[0]?.n).toBe(after + 1)
    expect(JSON.stringify(all)).not.toContain('sk-planted')
    for (const query of ['level=loud', 'limit=0', 'limit=1001', 'after=-1'])
      await must(422, stage().call('GET', `/v1/system/logs?${query}`))
  })

  test('the log as it is written, on from a line', async () => {
    const stop = new AbortController()
    const { data } = await logs('limit=1')
    const after = data[0]?.n ?? 0
    const response = await fetch(
      `${stage().service.url}/v1/system/logs/stream?level=info&after=${after}&contains=run_`,
      {
        headers: { authorization: `Bearer ${stage().service.key}` },
        signal: stop.signal,
      },
    )
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    const run = await stage().run()
    let text = ''
    const decoder = new TextDecoder()
    for await (const bytes of response.body ?? []) {
      text += decoder.decode(bytes, { stream: true })
      if (text.includes(`"${run.id}"`) && text.includes('"msg":"run completed"')) break
    }
    stop.abort()
    const numbers = [...text.matchAll(/^id: (\d+)\nevent: line$/gm)].map(([, n]) => Number(n))
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
    expect(numbers[0]).toBeGreaterThan(after)
    expect(text).not.toContain('"level":"debug"')
  })

  test('what is wrong now: a run that does not end', async () => {
    const alerts = async () => (await must(200, stage().call<AlertsView>('GET', '/v1/system/alerts'))).body.data
    expect((await alerts()).filter(({ name }) => name !== 'BunkhouseDisk')).toEqual([])
    const run = await stage().run({ delay_seconds: 3_600 })
    await makeOlder(run.id)
    // What was read is told again for some seconds.
    await until('it is told', async () => (await alerts()).some(({ name }) => name === 'BunkhouseRunStuck'))
    expect((await alerts()).find(({ name }) => name === 'BunkhouseRunStuck')).toMatchObject({
      severity: 'warning',
      subject: 'queued',
      runbook: 'docs/runbooks.md#bunkhouserunstuck',
    })
    await must(200, stage().call('POST', `/v1/runs/${run.id}/cancel`))
  })

  test('what the doctor finds, without secrets, for all who ask at once', async () => {
    const [one, other] = await Promise.all(
      [1, 2].map(async () => (await must(200, stage().call<FindingsView>('POST', '/v1/system/doctor'))).body),
    )
    const areas = one?.findings.map(({ area }) => area) ?? []
    expect(areas).toEqual(expect.arrayContaining(['database', 'clock', 'time zones', 'limits', 'models', 'webhooks']))
    expect(areas).not.toContain('port')
    const failed = one?.findings.filter(({ level }) => level === 'fail') ?? []
    expect(failed.map(({ text }) => text)).toContainEqual(expect.stringContaining('cannot be reached'))
    // The server of the tests is set so on purpose.
    if (engine === 'postgres')
      expect(failed.map(({ text }) => text)).toContainEqual(expect.stringContaining('fsync is off'))
    expect(failed.every(({ advice }) => advice !== undefined)).toBe(true)
    expect(one?.ok).toBe(false)
    expect(other?.findings.map(({ area }) => area)).toEqual(areas)
    expect(JSON.stringify(one)).not.toContain('sk-planted')
  }, 60_000)
})
