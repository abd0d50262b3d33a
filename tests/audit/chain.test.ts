import { describe, expect, test } from 'bun:test'
import { audit } from '../../src/audit/audit.ts'
import { chainStart } from '../../src/audit/chain.ts'
import { listAudit } from '../../src/audit/list-audit.ts'
import { verifyChain } from '../../src/audit/verify-chain.ts'
import type { Database } from '../../src/db/database.ts'
import { engines } from '../support/database.ts'
import { migratedDatabase } from '../support/migrated-database.ts'

const actor = { tenantId: 'default', keyId: 'key_1', request: { id: 'req_1', address: '192.0.2.7' } }
const now = Date.UTC(2026, 0, 2)

const put = (database: Database, name: string, given = actor) =>
  database.transaction(tx =>
    audit(
      tx,
      given,
      { action: 'agent.saved', target: { type: 'agent', id: name }, details: { text: 'ä\u0000"' } },
      now,
    ),
  )

async function filled(database: Database, count: number) {
  for (let n = 1; n <= count; n++) await put(database, `agent-${n}`)
}

/** What somebody with the database's own rights can do. */
async function tamper(database: Database, ...statements: string[]) {
  const drop =
    database.dialect === 'sqlite'
      ? ['drop trigger audit_log_keeps_rows', 'drop trigger audit_log_loses_no_rows']
      : ['alter table audit_log disable trigger all']
  await database.transaction(async tx => {
    for (const statement of [...drop, ...statements]) await tx.query(statement, [])
  })
}

/** Puts in a copy of the second entry under another number. */
const copied = (seq: string) => `
  insert into audit_log (seq, tenant_id, at, actor, action, target_type, target_id, details, previous_hash, hash)
  select ${seq}, tenant_id, at, actor, action, target_type, target_id, details, previous_hash, hash
  from audit_log where seq = 2`

describe.each(engines)('the audit log on %s', engine => {
  test('is a chain of hashes from 1, whole after it is read back', async () => {
    await using opened = await migratedDatabase(engine)
    const { database } = opened
    expect(await verifyChain(database)).toEqual({ entries: 0, head: chainStart, faults: [], expected: null })
    await filled(database, 3)
    await put(database, 'other', { ...actor, tenantId: 'other' })
    const rows = await listAudit({ database }, actor, {}, { limit: 10 })
    expect(rows.map(({ seq, targetId }) => [seq, targetId])).toEqual([
      [3, 'agent-3'],
      [2, 'agent-2'],
      [1, 'agent-1'],
    ])
    expect(rows[2]).toMatchObject({
      at: now,
      actor: 'key_1',
      requestId: 'req_1',
      address: '192.0.2.7',
      previousHash: chainStart,
      details: JSON.stringify({ text: 'ä\u0000"' }),
    })
    const report = await verifyChain(database)
    expect(report).toMatchObject({ entries: 4, faults: [], expected: null })
    expect(await verifyChain(database, rows[0]?.hash)).toMatchObject({ expected: true })
    expect(await verifyChain(database, 'f'.repeat(64))).toMatchObject({ faults: [], expected: false })
  })

  test('is without gaps where many processes write at once', async () => {
    await using opened = await migratedDatabase(engine)
    const other = await opened.openAgain()
    const writes = Array.from({ length: 60 }, (_, n) => put(n % 2 ? other : opened.database, `agent-${n}`))
    await Promise.all(writes)
    expect(await verifyChain(opened.database)).toMatchObject({ entries: 60, faults: [] })
  })

  test('holds nothing of a transaction that was undone', async () => {
    await using opened = await migratedDatabase(engine)
    const { database } = opened
    const undone = database.transaction(async tx => {
      await audit(tx, actor, { action: 'agent.saved', target: { type: 'agent', id: 'never' } }, now)
      throw new Error('undone')
    })
    await expect(undone).rejects.toThrow('undone')
    await filled(database, 1)
    expect(await verifyChain(database)).toMatchObject({ entries: 1, faults: [] })
  })

  test('refuses to have an entry changed or deleted', async () => {
    await using opened = await migratedDatabase(engine)
    const { database } = opened
    await filled(database, 2)
    const wrong = [
      `update audit_log set actor = 'somebody' where seq = 1`,
      'delete from audit_log where seq = 2',
      ...(engine === 'postgres' ? ['truncate audit_log'] : []),
    ]
    for (const statement of wrong) {
      const done = database.transaction(tx => tx.query(statement, []))
      await expect(done).rejects.toThrow('The audit log is append-only.')
    }
    expect(await verifyChain(database)).toMatchObject({ entries: 2, faults: [] })
  })

  test.each([
    ['a changed actor', `update audit_log set actor = 'somebody' where seq = 2`, 2, 'It is not as it was written.'],
    ['changed details', `update audit_log set details = '{}' where seq = 3`, 3, 'It is not as it was written.'],
    ['another tenant', `update audit_log set tenant_id = 'x' where seq = 1`, 1, 'It is not as it was written.'],
    ['a deleted entry', 'delete from audit_log where seq = 2', 3, 'Entry 2 is missing before it.'],
    ['a deleted beginning', 'delete from audit_log where seq <= 2', 3, 'Entries 1 to 2 are missing before it.'],
    ['an entry before the first', copied('0'), 0, 'It was put in: the log begins with 1.'],
    ['an entry put in behind', copied('5'), 5, 'It does not follow the entry before it.'],
    ['an entry of later', copied('9'), 9, 'Entries 5 to 8 are missing before it.'],
    [
      'another hash',
      `update audit_log set hash = '${'a'.repeat(64)}' where seq = 2`,
      3,
      'It does not follow the entry before it.',
    ],
  ])('shows %s', async (_, statement, seq, message) => {
    await using opened = await migratedDatabase(engine)
    const { database } = opened
    await filled(database, 4)
    await tamper(database, statement)
    expect((await verifyChain(database)).faults).toContainEqual({ seq, message })
  })

  test('shows what was cut off at its end against a head that was known before', async () => {
    await using opened = await migratedDatabase(engine)
    const { database } = opened
    await filled(database, 4)
    const { head } = await verifyChain(database)
    await tamper(database, 'delete from audit_log where seq >= 3')
    expect(await verifyChain(database)).toMatchObject({ entries: 2, faults: [] })
    expect(await verifyChain(database, head)).toMatchObject({ entries: 2, expected: false })
    await filled(database, 2)
    expect(await verifyChain(database, head)).toMatchObject({ entries: 4, faults: [], expected: false })
  })
})
