import { sql } from 'drizzle-orm'
import type { Transaction } from '../db/database.ts'
import { sumUp, type UsageEntry, type UsageSubject } from './usage-entry.ts'

const batch = 1_000

const columns = `tenant_id "tenantId", day, agent, model, key_id "keyId", runs, failed_runs "failedRuns", calls,
  unpriced_calls "unpricedCalls", input_tokens "inputTokens", output_tokens "outputTokens", cost_usd "costUsd"`

const sqlite = `
delete from usage_entries where id in (select id from usage_entries order by id limit ?1) returning ${columns}`

// Each process does so at times of its own: what another one is at is left to it.
const postgres = `
delete from usage_entries where id in (select id from usage_entries order by id limit $1 for update skip locked)
returning ${columns}`

/** Makes days of entries; says whether there may be more of them. */
export async function rollUpUsage(tx: Transaction): Promise<boolean> {
  const entries = await tx.query<UsageEntry>(tx.dialect === 'sqlite' ? sqlite : postgres, [batch])
  if (entries.length === 0) return false
  const { usageDays: days } = tx.tables
  // In one order everywhere, so that two processes do not wait for each other.
  const sums = sumUp(entries).sort((one, other) => (place(one) < place(other) ? -1 : 1))
  await tx.orm
    .insert(days)
    .values(sums)
    .onConflictDoUpdate({
      target: [days.tenantId, days.day, days.agent, days.model, days.keyId],
      set: {
        runs: sql`${days.runs} + excluded.runs`,
        failedRuns: sql`${days.failedRuns} + excluded.failed_runs`,
        calls: sql`${days.calls} + excluded.calls`,
        unpricedCalls: sql`${days.unpricedCalls} + excluded.unpriced_calls`,
        inputTokens: sql`${days.inputTokens} + excluded.input_tokens`,
        outputTokens: sql`${days.outputTokens} + excluded.output_tokens`,
        costUsd: sql`${days.costUsd} + excluded.cost_usd`,
      },
    })
  return entries.length === batch
}

const place = ({ tenantId, day, agent, model, keyId }: UsageSubject): string =>
  [tenantId, day, agent, model, keyId].join('\n')
