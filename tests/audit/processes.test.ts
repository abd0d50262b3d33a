import { describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { verifyChain } from '../../src/audit/verify-chain.ts'
import { callOf, must } from '../api/stage.ts'
import { createDatabase, engines } from '../support/database.ts'
import { migratedDatabase, openUrl } from '../support/migrated-database.ts'
import { startService } from '../support/service.ts'

const processes = 4
const each = 50

describe.each(engines)('processes that write the audit log at once on %s', engine => {
  test('make one chain, without holes where something was undone', async () => {
    await using opened = await migratedDatabase(engine)
    const children = Array.from({ length: processes }, (_, index) =>
      Bun.spawn(
        [process.execPath, join(import.meta.dir, '../support/auditor-entry.ts'), `writer${index}`, String(each)],
        { env: { PATH: process.env.PATH, DATABASE_URL: opened.url }, stdio: ['pipe', 'pipe', 'inherit'] },
      ),
    )
    const readers = children.map(child => child.stdout.getReader())
    await Promise.all(readers.map(reader => reader.read()))
    for (const child of children) {
      child.stdin.write('go\n')
      child.stdin.end()
    }
    expect(await Promise.all(children.map(child => child.exited))).toEqual(Array(processes).fill(0))
    const entries = processes * each * 0.8
    expect(await verifyChain(opened.database)).toMatchObject({ entries, faults: [] })
    const rows = await opened.database.orm.select().from(opened.database.tables.auditLog)
    expect(new Set(rows.map(row => row.targetId)).size).toBe(entries)
  }, 120_000)
})

test('services on Postgres make one chain of what their clients do at once', async () => {
  await using database = await createDatabase('postgres')
  await using first = await startService({ env: { DATABASE_URL: database.url } })
  await using second = await startService({ env: { DATABASE_URL: database.url } })
  const calls = [callOf(first), callOf(second)]
  const done = Array.from({ length: 60 }, async (_, index) => {
    const call = calls[index % 2] ?? callOf(first)
    const name = `agent-${index}`
    await must(201, call('POST', '/v1/agents', { name, model: 'builtin/echo' }))
    await must(201, call('POST', '/v1/keys', { name, scopes: ['runs:read'] }))
    await must(204, call('DELETE', `/v1/agents/${name}`))
    // One agent that all of them change: each change waits for the one before.
    const shared = await call('POST', '/v1/agents', { name: 'shared', model: 'builtin/echo' })
    expect(shared.status).toBeOneOf([201, 409])
    await must(200, call('PATCH', '/v1/agents/shared', { instructions: `by ${index}` }))
  })
  await Promise.all(done)
  const { database: opened, close } = await openUrl(database.url)
  const report = await verifyChain(opened)
  await close()
  expect(report).toMatchObject({ entries: 60 * 4 + 1, faults: [] })
}, 120_000)
