import type { Transaction } from '../../db/database.ts'

const sqlite = `
update api_keys set last_used_at = used.at
from (select value->>'id' id, value->>'at' at from json_each(?1)) used
where api_keys.id = used.id and coalesce(last_used_at, 0) < used.at`

const postgres = `
update api_keys set last_used_at = used.at
from (select id, to_timestamp(at / 1000) at from json_to_recordset($1::json) given("id" text, "at" float8)) used
where api_keys.id = used.id and (last_used_at is null or last_used_at < used.at)`

/** Writes down when keys were last used, in one statement; never an earlier time than is there. Times in milliseconds. */
export async function noteUse(tx: Transaction, used: ReadonlyMap<string, number>): Promise<void> {
  const rows = [...used].map(([id, at]) => ({ id, at }))
  await tx.query(tx.dialect === 'sqlite' ? sqlite : postgres, [JSON.stringify(rows)])
}
