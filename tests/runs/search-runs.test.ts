import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { fillRuns, firstRunAt, runEveryMs } from '../../bench/run-list/fill-runs.ts'
import type { RunFilter } from '../../src/runs/list-runs.ts'
import { idTime } from '../../src/runs/run-ids.ts'
import { searchRuns } from '../../src/runs/search-runs.ts'
import { engines } from '../support/database.ts'
import { type MigratedDatabase, migratedDatabase } from '../support/migrated-database.ts'

setDefaultTimeout(60_000)

const actor = { tenantId: 'default', keyId: null }
/** More than two looks. */
const count = 12_000
const madeAt = (n: number) => firstRunAt + n * runEveryMs

describe.each(engines)('looking through many runs on %s', engine => {
  let opened: MigratedDatabase
  beforeAll(async () => {
    opened = await migratedDatabase(engine)
    await fillRuns(opened.database, count)
  })
  afterAll(() => opened?.[Symbol.asyncDispose]())
  const search = (filter: RunFilter, order: 'asc' | 'desc', after?: string, patience?: number) =>
    searchRuns(opened, actor, filter, { order, after, limit: 11 }, patience)

  test.each(['desc', 'asc'] as const)('without patience a page tells how far it has come, order=%s', async order => {
    const filter = { metadata: { name: 'order', value: '6000' } }
    const first = await search(filter, order, undefined, 0)
    expect(first.runs).toEqual([])
    expect(idTime(first.lookedTo ?? '')).toBe(madeAt(order === 'asc' ? 5_000 : count - 5_000 + 1))
    const second = await search(filter, order, first.lookedTo ?? '', 0)
    expect(second.runs.map(run => run.createdAt)).toEqual([madeAt(6_000)])
    const third = await search(filter, order, second.lookedTo ?? '', 0)
    expect(third).toEqual({ runs: [], lookedTo: null })
  })

  test('with patience one page finds what is far behind', async () => {
    const { runs, lookedTo } = await search({ contains: 'order 17?' }, 'desc', undefined, 60_000)
    expect(runs.map(run => run.createdAt)).toEqual([madeAt(17)])
    expect(lookedTo).toBeNull()
  })

  test('filters go together, whichever an index is taken for', async () => {
    const at = { createdAfter: madeAt(6_000), createdBefore: madeAt(6_100) }
    const numbers = async (filter: RunFilter) =>
      (await search({ ...at, ...filter }, 'asc')).runs.map(run => (run.createdAt - firstRunAt) / runEveryMs)
    expect(await numbers({ status: 'failed' })).toEqual([6_095, 6_096, 6_097, 6_098])
    expect(await numbers({ errorCode: 'timeout' })).toEqual([6_095])
    expect(await numbers({ errorCode: 'timeout', agent: 'daily' })).toEqual([])
    expect(await numbers({ status: 'cancelled', agent: 'clerk' })).toEqual([6_099])
    expect(await numbers({ status: 'completed', agent: 'daily' })).toEqual([
      6_000, 6_010, 6_020, 6_030, 6_040, 6_050, 6_060, 6_070, 6_080, 6_090,
    ])
    const threadId = `thr_${(120).toString(16).padStart(32, '0')}`
    expect(await numbers({ threadId, agent: 'clerk', status: 'completed' })).toEqual([
      6_005, 6_015, 6_025, 6_035, 6_045,
    ])
  })

  test('a key for some agents is shown theirs, however far they are', async () => {
    const own = { ...actor, agents: new Set(['daily']) }
    const { runs } = await searchRuns(opened, own, { status: 'completed' }, { order: 'desc', limit: 3 })
    expect(runs.map(run => run.createdAt)).toEqual([madeAt(12_000), madeAt(11_990), madeAt(11_980)])
    const none = await searchRuns(opened, own, { agent: 'clerk' }, { order: 'desc', limit: 3 })
    expect(none.runs).toEqual([])
  })
})
