import { asc, gt } from 'drizzle-orm'
import type { Connection } from '../db/database.ts'
import { type AuditRow, chainStart, hashOf } from './chain.ts'

export interface ChainFault {
  /** Number of the entry where it shows. */
  seq: number
  message: string
}

export interface ChainReport {
  entries: number
  /** Hash of the last entry: written down elsewhere, it tells later whether entries were cut off at the end. */
  head: string
  /** The first ones, at most `faultsAtMost`. */
  faults: ChainFault[]
  /** Whether the hash that was asked for is one of the chain's; null where none was. */
  expected: boolean | null
}

const pageSize = 1_000
const faultsAtMost = 20

/**
 * Reads the whole log, of all tenants, and says where it is not as it was written: entries that are missing, that were
 * changed, or that were put in place of others. What was cut off at its end shows only against a head that was known before.
 */
export async function verifyChain(
  connection: Pick<Connection, 'orm' | 'tables'>,
  expect?: string,
): Promise<ChainReport> {
  const report: ChainReport = {
    entries: 0,
    head: chainStart,
    faults: [],
    expected: expect === undefined ? null : false,
  }
  const complain = (seq: number, message: string) => {
    if (report.faults.length < faultsAtMost) report.faults.push({ seq, message })
  }
  if (expect === chainStart) report.expected = true
  let last = 0
  for (let more = true, from: number | null = null; more; ) {
    const rows: AuditRow[] = await pageAfter(connection, from)
    for (const row of rows) {
      if (row.seq < 1) complain(row.seq, 'It was put in: the log begins with 1.')
      else if (row.seq !== last + 1) complain(row.seq, `${missing(last + 1, row.seq - 1)} before it.`)
      else if (row.previousHash !== report.head) complain(row.seq, 'It does not follow the entry before it.')
      if (hashOf(row) !== row.hash) complain(row.seq, 'It is not as it was written.')
      if (row.hash === expect) report.expected = true
      report.entries++
      report.head = row.hash
      last = Math.max(row.seq, 0)
    }
    from = rows.at(-1)?.seq ?? from
    more = rows.length === pageSize
  }
  return report
}

const missing = (from: number, to: number): string =>
  from === to ? `Entry ${from} is missing` : `Entries ${from} to ${to} are missing`

const pageAfter = (
  { orm, tables: { auditLog } }: Pick<Connection, 'orm' | 'tables'>,
  seq: number | null,
): Promise<AuditRow[]> =>
  orm
    .select()
    .from(auditLog)
    .where(seq === null ? undefined : gt(auditLog.seq, seq))
    .orderBy(asc(auditLog.seq))
    .limit(pageSize)
