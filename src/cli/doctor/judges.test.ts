import { describe, expect, test } from 'bun:test'
import { judgeClock, judgeKeeper, judgeSkew } from '../../doctor/later/clock.ts'
import { judgeSyncs } from '../../doctor/later/disk-speed.ts'
import { judgePooler, judgeSettings, type ServerSettings } from '../../doctor/later/postgres.ts'
import { judgeFileSystem, judgeLog } from '../../doctor/later/sqlite.ts'
import { checkTimeZones, type OffsetOf } from '../../doctor/later/time-zones.ts'
import { judgeVersions } from '../../doctor/later/versions.ts'
import type { Finding } from '../../doctor/start/finding.ts'
import { judge } from './chaos.ts'
import { drillAnswer } from './drill-model.ts'

const levels = (findings: Finding[]): string[] => findings.map(({ level }) => level)
const texts = (findings: Finding[]): string => findings.map(({ text }) => text).join('\n')

describe('the clock', () => {
  const at = Date.parse('2026-11-25T12:00:00Z')

  test.each([
    ['runs evenly', at + 500, 500, 'ok'],
    ['was set forward', at + 5_500, 500, 'warn'],
    ['was set back', at - 5_000, 500, 'warn'],
    ['stands at a time before the program was there', Date.parse('1970-01-01T00:10:00Z'), 500, 'fail'],
  ])('that %s', (_what, wall, monotonic, level) => {
    expect(levels(judgeClock({ wall: at, monotonic: 0 }, { wall, monotonic }))).toEqual([level])
  })

  test.each([
    [0, 'ok', 'the same'],
    [1_500, 'ok', '1400 ms ahead'],
    [60_000, 'warn', 'ms ahead'],
    [-60_000, 'warn', '60000 ms behind'],
  ])('of Postgres that differs by %d ms', (skew, level, text) => {
    const [finding] = judgeSkew({ begun: at, server: at + skew, ended: at + 100 })
    expect(`${finding?.level} ${finding?.text}`).toStartWith(level)
    expect(finding?.text).toContain(text)
  })

  test('is kept by who says so', () => {
    expect(texts(judgeKeeper(path => path.includes('chrony')))).toBe('kept by chrony')
    expect(levels(judgeKeeper(() => false))).toEqual(['note'])
  })
})

describe('time zones', () => {
  const right = checkTimeZones()
  test('of this program are right', () => expect(levels(right)).toEqual(['ok']))

  test('without their rules are a failure', () => {
    expect(levels(checkTimeZones(() => 0))).toEqual(['fail'])
  })

  test('of an old edition are a warning that names a zone', () => {
    const offsets: Record<string, [winter: number, summer: number, jump: string]> = {
      'Europe/Berlin': [60, 120, '2026-03-29T01:00:00Z'],
      'America/New_York': [-240, -300, '2026-11-01T06:00:00Z'],
      'Australia/Lord_Howe': [660, 660, '2026-01-01T00:00:00Z'],
    }
    const old: OffsetOf = (zone, at) => {
      const [before, after, jump] = offsets[zone] ?? [0, 0, '2026-01-01T00:00:00Z']
      return at < Date.parse(jump) ? before : after
    }
    const found = checkTimeZones(old)
    expect(levels(found)).toEqual(['warn'])
    expect(texts(found)).toContain('America/Mexico_City')
  })
})

test.each([
  [[2, 3, 4], 'ok'],
  [[20, 40, 90], 'warn'],
  [[0.001, 0.001, 0.002], 'note'],
])('a disk that syncs in %p ms', (ms, level) => {
  expect(levels(judgeSyncs('/data', ms))).toEqual([level])
})

test.each([
  ['1.4.5', 'ok'],
  ['1.3.99', 'fail'],
])('Bun %s', (bun, level) => {
  expect(levels(judgeVersions({ program: '1', bun, sqlite: '3' }))).toEqual([level])
})

test('a SQLite file on NFS, and a log that is not folded in', () => {
  expect(texts(judgeFileSystem('/mnt/share', 0x6969))).toContain('on NFS')
  expect(judgeFileSystem('/data', 0xef53)).toEqual([])
  expect(levels([...judgeLog(5e6), ...judgeLog(500e6)])).toEqual(['ok', 'warn'])
})

describe('Postgres', () => {
  const good: ServerSettings = {
    fsync: 'on',
    full_page_writes: 'on',
    synchronous_commit: 'on',
    autovacuum: 'on',
    statement_timeout: 0,
    idle_in_transaction_timeout: 0,
    max_connections: 100,
    used_connections: 5,
    port: 5432,
  }

  test.each<[string, Partial<ServerSettings>, string[]]>([
    ['as it should be', {}, ['ok', 'ok']],
    ['without fsync', { fsync: 'off' }, ['fail', 'ok']],
    ['without full pages', { full_page_writes: 'off' }, ['fail', 'ok']],
    ['that answers before it is on disk', { synchronous_commit: 'off' }, ['warn', 'ok']],
    ['without autovacuum', { autovacuum: 'off' }, ['warn', 'ok']],
    ['that gives statements a second', { statement_timeout: 1_000 }, ['warn', 'ok']],
    ['that gives statements a minute', { statement_timeout: 60_000 }, ['ok', 'ok']],
    ['that gives transactions a second', { idle_in_transaction_timeout: 1_000 }, ['warn', 'ok']],
    ['that is full', { used_connections: 95 }, ['warn']],
  ])('%s', (_what, changed, expected) => {
    const found = judgeSettings({ ...good, ...changed }, 10)
    expect(levels(found).slice(0, expected.length)).toEqual(expected)
    for (const { level, advice } of found) expect(advice !== undefined).toBe(level === 'warn' || level === 'fail')
  })

  test('behind a pooler of transactions is a warning, behind a proxy a note', () => {
    expect(levels(judgePooler({ port: 6432, server: 5432, backends: [7, 8, 7] }))).toEqual(['warn'])
    expect(levels(judgePooler({ port: 6432, server: 5432, backends: [7, 7, 7] }))).toEqual(['note'])
    expect(judgePooler({ port: 5432, server: 5432, backends: [7, 7] })).toEqual([])
    expect(judgePooler({ port: 5432, server: null, backends: [7] })).toEqual([])
  })
})

describe('a drill', () => {
  const recovered = { id: 'run_1', status: 'completed', output: drillAnswer, attempt: 2 }
  const rest = [{ id: 'run_2', status: 'completed', output: 'number 0', attempt: 1 }]
  const of = (calls: { model: number; tool: number }, changed: object = {}) =>
    judge({
      recovered: { ...recovered, ...changed },
      rest,
      before: { model: 2, tool: 1 },
      model: { modelCalls: () => calls.model, toolCalls: () => calls.tool },
      recoveredMs: 1,
    }).map(({ ok }) => ok)

  test('that went well', () => expect(of({ model: 3, tool: 1 })).toEqual([true, true, true, true]))
  test('in which a tool was called twice', () => expect(of({ model: 3, tool: 2 })[1]).toBe(false))
  test('in which a finished step was repeated', () => expect(of({ model: 4, tool: 1 })[2]).toBe(false))
  test('in which the run was lost', () => expect(of({ model: 3, tool: 1 }, { status: 'failed' })[0]).toBe(false))
  test('in which an answer is another', () =>
    expect(of({ model: 3, tool: 1 }, { output: 'The drill ' })[0]).toBe(false))
})
