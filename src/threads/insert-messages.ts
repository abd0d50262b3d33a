import type { Transaction } from '../db/database.ts'
import { lockNames } from '../db/lock-names.ts'
import type { Json } from '../json.ts'

export interface NewMessage {
  id: string
  tenantId: string
  threadId: string
  runId: string | null
  role: 'system' | 'user' | 'assistant' | 'tool'
  content: Json
  createdAt: number
}

const sqlite = `
insert into messages (id, tenant_id, thread_id, position, run_id, role, content, created_at)
select value->>'id', value->>'tenantId', value->>'threadId',
       (select coalesce(max(position), 0) from messages where thread_id = value->>'threadId')
         + row_number() over (partition by value->>'threadId' order by key),
       value->>'runId', value->>'role', value->>'content', value->>'createdAt'
from json_each(?1) where true order by key
on conflict (id) do nothing`

const postgres = `
with input as (
  select m.*, ordinal from json_array_elements($1::json) with ordinality e(value, ordinal),
    json_to_record(value) m("id" text, "tenantId" text, "threadId" text, "runId" text, "role" text, "content" text,
                            "createdAt" float8))
insert into messages (id, tenant_id, thread_id, position, run_id, role, content, created_at)
select "id", "tenantId", "threadId",
       (select coalesce(max(position), 0) from messages where thread_id = "threadId")
         + row_number() over (partition by "threadId" order by ordinal),
       "runId", "role", "content"::json, to_timestamp("createdAt" / 1000)
from input order by ordinal
on conflict (id) do nothing`

/** Adds messages at the end of their threads. Writers of one thread take turns: each place is given once. */
export async function insertMessages(tx: Transaction, messages: NewMessage[]): Promise<void> {
  await lockNames(
    tx,
    messages.map(({ threadId }) => `messages ${threadId}`),
  )
  const rows = messages.map(message => ({ ...message, content: JSON.stringify(message.content) }))
  await tx.query(tx.dialect === 'sqlite' ? sqlite : postgres, [JSON.stringify(rows)])
}
