import { describe, expect, test } from 'bun:test'
import { audit } from '../../src/audit/audit.ts'
import { openCli } from '../support/cli.ts'
import { engines } from '../support/database.ts'
import { migratedDatabase } from '../support/migrated-database.ts'

describe.each(engines)('bunkhouse audit on %s', engine => {
  const actor = { tenantId: 'default', keyId: 'key_1' }

  test('verify says whole or broken by its exit code, and where; list shows the entries', async () => {
    await using opened = await migratedDatabase(engine)
    await using cli = await openCli()
    const { database } = opened
    const env = { DATABASE_URL: opened.url }
    const run = (...args: string[]) => cli.run(['audit', ...args], { env })
    const put = (id: string) =>
      database.transaction(tx => audit(tx, actor, { action: 'agent.saved', target: { type: 'agent', id } }, 1_000))
    for (const id of ['a', 'b', 'c']) await put(id)

    const whole = await run('verify')
    expect(whole).toMatchObject({ code: 0, stderr: '' })
    const head = /^whole: 3 entries, head ([0-9a-f]{64})\n$/.exec(whole.stdout)?.[1] ?? ''
    expect(JSON.parse((await run('verify', '--json')).stdout)).toEqual({
      entries: 3,
      head,
      faults: [],
      expected: null,
      whole: true,
    })
    await put('d')
    expect((await run('verify', '--expect', head)).code).toBe(0)
    expect((await run('verify', '--expect', 'f'.repeat(64))).code).toBe(1)
    expect((await run('verify', '--expect', 'short')).code).toBe(2)

    const listed = await run('list', '--limit', '2')
    expect(listed.stdout).toBe(
      [4, 3]
        .map((seq, index) => `${seq}  1970-01-01T00:00:01.000Z  key_1  agent.saved  agent ${'dc'[index]}  {}\n`)
        .join(''),
    )
    expect((await run('list', '--actor', 'operator')).stdout.trim()).toBe('')
    expect((await run('list', '--action', 'none')).code).toBe(2)

    const drop =
      engine === 'sqlite'
        ? ['drop trigger audit_log_keeps_rows', 'drop trigger audit_log_loses_no_rows']
        : ['alter table audit_log disable trigger all']
    await database.transaction(async tx => {
      for (const statement of [...drop, `update audit_log set target_id = 'x' where seq = 2`]) {
        await tx.query(statement, [])
      }
    })
    const broken = await run('verify')
    expect({ code: broken.code, stderr: broken.stderr }).toEqual({
      code: 1,
      stderr: 'entry 2: It is not as it was written.\n',
    })
    expect(broken.stdout).toStartWith('BROKEN: 4 entries')
    await database.transaction(tx => tx.query('delete from audit_log where seq >= 3', []))
    const cut = await run('verify', '--expect', head)
    expect(cut.code).toBe(1)
    expect(cut.stderr).toContain('The expected hash is not in the chain')
  }, 60_000)
})
