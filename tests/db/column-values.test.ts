import { describe, expect, test } from 'bun:test'
import { eq } from 'drizzle-orm'
import type { Tables } from '../../src/db/tables.ts'
import { newId } from '../../src/runtime/id.ts'
import { engines } from '../support/database.ts'
import { sharedDatabase } from '../support/migrated-database.ts'

const largestInt = 2 ** 31 - 1
const texts = [
  '',
  ' ',
  'null',
  '5',
  'héllo wörld',
  '家 🏠 𝒳',
  'it\'s "quoted" \\ %_',
  'a\r\n\tb',
  '\u{10FFFF}',
  'x'.repeat(100_000),
]
const jsons = [
  true,
  0,
  -1.5,
  1e-7,
  Number.MAX_SAFE_INTEGER,
  -Number.MAX_SAFE_INTEGER,
  '',
  '5',
  'null',
  'true',
  '"quoted"',
  '{"a":1}',
  'a\u0000b',
  '\ud83d', // half of a character, as a stream may cut it
  '🏠',
  [],
  {},
  [[], [null], {}],
  { b: 1, a: 2, '': 3, 'a\u0000b': '\u0000' },
  { deep: [{ er: ['x', 1, null, { est: 'é' }] }] },
]
const times = [
  0,
  1,
  999,
  1_767_225_599_999,
  Date.parse('2026-03-29T01:30:00.123Z'),
  Date.parse('9999-12-31T23:59:59.999Z'),
]

describe.each(engines)('values of columns on %s', engine => {
  const opened = sharedDatabase(engine)

  const row = () => ({
    id: newId('run'),
    tenantId: 'default',
    agent: 'a',
    agentVersion: 1,
    jobId: newId('job'),
    status: 'queued',
    input: 'x',
    inputTokens: 0,
    outputTokens: 0,
    attempt: 0,
    maxAttempts: 1,
    metadata: {},
    createdAt: 0,
  })

  /** Writes a run with these columns and reads it back from outside of the transaction. */
  async function roundTrip(columns: Partial<Tables['runs']['$inferInsert']>) {
    const { database } = opened()
    const { runs } = database.tables
    const given = { ...row(), ...columns }
    const [returned] = await database.transaction(tx => tx.orm.insert(runs).values(given).returning())
    const [read] = await database.orm.select().from(runs).where(eq(runs.id, given.id))
    expect(returned).toEqual(read)
    return { read, given }
  }

  test('gives texts back as they were', async () => {
    for (const text of texts) {
      const { read } = await roundTrip({ agent: text, threadId: text })
      expect([read?.agent, read?.threadId]).toEqual([text, text])
    }
  })

  test('gives JSON back as it was, also strings that look like JSON', async () => {
    for (const json of jsons) {
      const { read } = await roundTrip({ input: json, metadata: { json } })
      expect(JSON.stringify([read?.input, read?.metadata])).toBe(JSON.stringify([json, { json }]))
    }
  })

  test('stores the text of JSON as it was written, keys in their order', async () => {
    const { given } = await roundTrip({ metadata: { b: 1, a: '\u0000' } })
    const { database } = opened()
    const place = engine === 'sqlite' ? '?1' : '$1'
    const rows = await database.query<{ metadata: string }>(`select metadata from runs where id = ${place}`, [given.id])
    expect(rows).toEqual([{ metadata: '{"b":1,"a":"\\u0000"}' }])
  })

  test('gives whole numbers back up to the largest of 32 bits', async () => {
    for (const number of [0, 1, -1, largestInt, -largestInt]) {
      const { read } = await roundTrip({ inputTokens: number, timeoutSeconds: number })
      expect([read?.inputTokens, read?.timeoutSeconds]).toEqual([number, number])
    }
  })

  test('gives fractions back exactly', async () => {
    for (const number of [0, 0.1, 1 / 3, 1e-12, 123_456_789.123_456_78, Number.MAX_SAFE_INTEGER]) {
      const { read } = await roundTrip({ costUsd: number })
      expect(read?.costUsd).toBe(number)
    }
  })

  test('gives times back to the millisecond', async () => {
    for (const time of times) {
      const { read } = await roundTrip({ createdAt: time, startedAt: time })
      expect([read?.createdAt, read?.startedAt]).toEqual([time, time])
    }
  })

  test('gives null for what was left out, in every kind of column', async () => {
    const { read } = await roundTrip({})
    const { threadId, output, error, costUsd, timeoutSeconds, startedAt } = read ?? {}
    expect([threadId, output, error, costUsd, timeoutSeconds, startedAt]).toEqual([null, null, null, null, null, null])
  })

  test('keeps no value apart from a text that says null', async () => {
    const { read } = await roundTrip({ output: 'null', error: null, metadata: { output: null } })
    expect([read?.output, read?.error, read?.metadata]).toEqual(['null', null, { output: null }])
  })

  test('says the same in hand-written statements: times are milliseconds, JSON is text, counts are numbers', async () => {
    const { given } = await roundTrip({ createdAt: 1_767_225_599_999, metadata: { a: [1] }, costUsd: 0.25 })
    const { database } = opened()
    const place = engine === 'sqlite' ? '?1' : '$1'
    const rows = await database.query(
      `select created_at, metadata, cost_usd, thread_id, attempt, count(*) over () as count from runs where id = ${place}`,
      [given.id],
    )
    expect(rows).toEqual([
      { created_at: 1_767_225_599_999, metadata: '{"a":[1]}', cost_usd: 0.25, thread_id: null, attempt: 0, count: 1 },
    ])
  })

  test('gives the default tenant to a row that names none', async () => {
    const { tenantId: _, ...given } = row()
    const { database } = opened()
    const { runs } = database.tables
    const [inserted] = await database.transaction(tx => tx.orm.insert(runs).values(given).returning())
    expect(inserted?.tenantId).toBe('default')
  })

  test('refuses a missing value where there must be one, also null for JSON', async () => {
    const { database } = opened()
    const { runs } = database.tables
    for (const missing of [{ agent: null }, { input: null }, { createdAt: null }, { attempt: null }]) {
      // What a program without types could do.
      const given = { ...row(), ...missing } as never
      await expect(database.transaction(tx => tx.orm.insert(runs).values(given).returning())).rejects.toThrow()
    }
  })
})
