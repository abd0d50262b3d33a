import type { Transaction } from '../../db/database.ts'

const columns = 'order_key, tenant_id, queue, job_id, blocked_at'
const chosen = `state = 'discarded' and order_blocks = 1 and order_key is not null on conflict (order_key) do nothing`

const blockSqlite = `
insert into blocked_order_keys (${columns}) select order_key, tenant_id, queue, id, ?2 from jobs
where id in (select value from json_each(?1)) and ${chosen}`

const blockPostgres = `
insert into blocked_order_keys (${columns})
select order_key, tenant_id, queue, id, coalesce($2::timestamptz, date_trunc('milliseconds', clock_timestamp())) from jobs
where id = any(array(select json_array_elements_text($1::json))) and ${chosen}`

/** Lets nothing pass that comes after these jobs in their order keys, where they are discarded and block. */
export async function blockOrderKeys(tx: Transaction, jobIds: string[], now: number | null): Promise<void> {
  await tx.query(tx.dialect === 'sqlite' ? blockSqlite : blockPostgres, [JSON.stringify(jobIds), now])
}

export interface UnblockedKey {
  jobId: string
  /** Where jobs may now be claimed. */
  queue: string
}

const unblockSqlite = `
delete from blocked_order_keys
where order_key in (select order_key from jobs where id in (select value from json_each(?1)))
  and job_id in (select value from json_each(?1))
returning job_id, queue`

const unblockPostgres = `
delete from blocked_order_keys
where order_key = any(array(select order_key from jobs
                            where id = any(array(select json_array_elements_text($1::json)))))
  and job_id = any(array(select json_array_elements_text($1::json)))
returning job_id, queue`

/** Opens the order keys that these jobs block. */
export async function unblockOrderKeys(tx: Transaction, jobIds: string[]): Promise<UnblockedKey[]> {
  const text = tx.dialect === 'sqlite' ? unblockSqlite : unblockPostgres
  const rows = await tx.query<{ job_id: string; queue: string }>(text, [JSON.stringify(jobIds)])
  return rows.map(row => ({ jobId: row.job_id, queue: row.queue }))
}
