import { postgresAdmin } from '../postgres-admin.ts'
import { type OurQueue, queueName } from './queue.ts'

const columns = `id, tenant_id, queue, kind, payload, state, priority, run_at, attempt, max_attempts, errors, created_at,
  finished_at`

interface Rows {
  state: 'available' | 'completed'
  count: number
  tenants: number
}

const sqlite = ({ state, count, tenants }: Rows) => `
insert into jobs (${columns})
with recursive n(i) as (select 1 union all select i + 1 from n where i < ${count})
select printf('job_%s%031x', '${state === 'available' ? 'a' : 'f'}', i), 'tenant_' || (i % ${tenants}), '${queueName}', 'bench', '{}', '${state}', 0,
       ${Date.now()} - 1000000 + i / 10, ${Number(state === 'completed')}, 5, '[]', ${Date.now()} - 1000000 + i / 10,
       ${state === 'completed' ? Date.now() : 'null'}
from n`

const postgres = ({ state, count, tenants }: Rows) => `
insert into jobs (${columns})
select 'job_${state === 'available' ? 'a' : 'f'}' || lpad(to_hex(i), 31, '0'), 'tenant_' || (i % ${tenants}), '${queueName}', 'bench', '{}', '${state}', 0,
       now() - interval '1000 s' + i * interval '0.1 ms', ${Number(state === 'completed')}, 5, '[]', now(),
       ${state === 'completed' ? 'now()' : 'null'}
from generate_series(1, ${count}) i`

/** Puts rows into the real table, as if they had waited or ended there, and has it vacuumed and analysed. */
export async function fill(
  { database }: OurQueue,
  { waiting, finished, tenants }: { waiting: number; finished: number; tenants: number },
): Promise<void> {
  const kinds: Rows[] = [
    { state: 'completed' as const, count: finished, tenants },
    { state: 'available' as const, count: waiting, tenants },
  ].filter(({ count }) => count > 0)
  if (database.dialect === 'sqlite') {
    for (const rows of kinds) await database.transaction(tx => tx.query(sqlite(rows), []))
    database.writer.run('analyze')
    database.writer.run('pragma wal_checkpoint(truncate)')
    return
  }
  await using admin = postgresAdmin(database.url)
  for (const rows of kinds) await admin.run(postgres(rows))
  await admin.run('vacuum (analyze)')
  await admin.run('checkpoint')
}

/** Deletes every job. */
export async function empty({ database }: OurQueue): Promise<void> {
  await database.transaction(tx => tx.query('delete from jobs', []))
}
