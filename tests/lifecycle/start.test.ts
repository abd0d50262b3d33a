import { Database as Sqlite } from 'bun:sqlite'
import { describe, expect, test } from 'bun:test'
import { engines } from '../support/database.ts'
import { startService } from '../support/service.ts'
import { readWhole } from './event-reader.ts'
import { startToFail } from './failing-start.ts'
import { testsOfProcesses } from './processes.ts'
import { getRun, shownRun, startRun } from './runs.ts'
import { makeWorld } from './world.ts'

testsOfProcesses()

const keyPattern = /bh_[\w-]{20,}/g

describe.each(engines)('on %s', engine => {
  test.concurrent('the first start makes a key and prints it once, and the second prints none', async () => {
    await using world = await makeWorld(engine)
    const env = { ...world.env, BUNKHOUSE_API_KEY: undefined }
    await using first = await startService({ env })
    await first.said('Your admin key')
    const keys = first.output().match(keyPattern) ?? []
    expect(keys).toHaveLength(1)
    const authorization = `Bearer ${keys[0]}`
    const answered = await first.request('POST', '/v1/runs/wait', { agent: 'echo', input: 'hi' }, { authorization })
    expect(await shownRun(answered)).toMatchObject({ status: 'completed', output: 'hi' })
    expect(await first.stop()).toBe(0)

    await using second = await startService({ env })
    expect((await second.request('GET', '/v1/runs', undefined, { authorization })).status).toBe(200)
    expect((await second.request('GET', '/v1/runs')).status).toBe(401)
    expect(await second.stop()).toBe(0)
    expect(second.output()).not.toMatch(keyPattern)
  })

  test.concurrent('a database of a newer program is refused, and left as it is', async () => {
    await using world = await makeWorld(engine)
    const service = await world.start()
    expect(await service.stop()).toBe(0)
    const [{ version } = { version: 0 }] = await world.sql<{ version: number }>(
      engine === 'sqlite'
        ? 'select user_version version from pragma_user_version'
        : 'select max(number) as version from bunkhouse_migrations',
    )
    await world.sql(
      engine === 'sqlite'
        ? `PRAGMA user_version = ${version + 1}`
        : `insert into bunkhouse_migrations (number, tag) values (${version + 1}, 'from the future')`,
    )
    const { status, output } = await startToFail(world.env).ended
    expect(status).toBe(1)
    expect(output).toContain(`The database is at migration ${version + 1}, but this program knows only ${version}`)
    expect(output).not.toContain('listening')
  })
})

test.concurrent('processes that start at once on an empty postgres database all become ready, with one first key', async () => {
  await using world = await makeWorld('postgres')
  const services = await Promise.all(Array.from({ length: 4 }, () => world.start({ BUNKHOUSE_API_KEY: undefined })))
  for (const service of services) expect((await service.request('GET', '/ready')).status).toBe(200)
  await Promise.all(services.map(service => service.stop()))
  // One of them has made the key.
  const output = services.map(service => service.output()).join('')
  expect(output.match(keyPattern)).toHaveLength(1)
  expect(await world.sql('select name from api_keys')).toEqual([{ name: 'first key' }])
  const migrations = await world.sql<{ number: number }>('select number from bunkhouse_migrations order by number')
  expect(migrations.map(({ number }) => number)).toEqual(migrations.map((_row, index) => index + 1))
})

describe('a second process on a SQLite file', () => {
  test.concurrent('is refused with a clear message, and the first one goes on undamaged', async () => {
    await using world = await makeWorld('sqlite')
    world.provider.script('assistant', [{ text: ['All ', 'is ', 'well.'], hold: true }])
    const first = await world.start()
    const runId = await startRun(first)
    const exchange = await world.provider.request('assistant', 1)
    const { status, output } = await startToFail(world.env).ended
    expect(status).toBe(1)
    expect(output).toContain('Another process serves')
    expect(output).toContain('set DATABASE_URL to Postgres to run several processes')
    exchange.release()
    await readWhole(first, runId)
    expect(await getRun(first, runId)).toMatchObject({ status: 'completed', output: 'All is well.', attempt: 1 })
    expect(await world.sql('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }])
    expect(await first.stop()).toBe(0)
    // The lock went with the first one.
    const second = await world.start()
    expect(await getRun(second, runId)).toMatchObject({ status: 'completed' })
  })

  test.concurrent('is let in when both start at once: exactly one', async () => {
    await using world = await makeWorld('sqlite')
    const starts = await Promise.allSettled(Array.from({ length: 3 }, () => world.start()))
    const [service, ...others] = starts.flatMap(start => (start.status === 'fulfilled' ? [start.value] : []))
    expect(others).toEqual([])
    if (!service) throw new Error('None was let in.')
    await readWhole(service, await startRun(service))
    using file = new Sqlite(world.database.url.slice('sqlite:'.length), { readonly: true })
    expect(file.query('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }])
  })
})
