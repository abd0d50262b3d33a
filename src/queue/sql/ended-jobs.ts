import type { Param, Transaction } from '../../db/database.ts'

/** A job that has failed or was cancelled, and is locked. */
export interface EndedJob {
  id: string
  queue: string
  kind: string
  orderKey: string | null
  orderPosition: number | null
  hasDependents: boolean
}

interface Row {
  id: string
  queue: string
  kind: string
  order_key: string | null
  order_position: number | null
  has_dependents: number
}

const columns = 'id, queue, kind, order_key, order_position, has_dependents'

const byIdSqlite = `
select ${columns} from jobs
where id in (select value from json_each(?1)) and tenant_id = ?2 and state in ('discarded', 'cancelled') order by id`
const byIdPostgres = `
select ${columns} from jobs
where id = any(array(select json_array_elements_text($1::json))) and tenant_id = $2
  and state in ('discarded', 'cancelled') order by id for update`

/** Discarded and cancelled jobs of a tenant, by their ids. Those that are neither are not in the answer. */
export const lockEndedJobs = (tx: Transaction, tenantId: string, ids: string[]): Promise<EndedJob[]> =>
  read(tx, tx.dialect === 'sqlite' ? byIdSqlite : byIdPostgres, [JSON.stringify(ids), tenantId])

export interface DiscardedFilter {
  tenantId: string
  queue?: string
  kind?: string
  limit: number
}

/** The oldest discarded jobs of a tenant. Uses the partial index `jobs_discarded`. */
export function lockDiscardedJobs(
  tx: Transaction,
  filter: DiscardedFilter,
  exceptKinds: string[],
): Promise<EndedJob[]> {
  const sqlite = tx.dialect === 'sqlite'
  const params: Param[] = []
  const place = (value: Param) => `${sqlite ? '?' : '$'}${params.push(value)}`
  const where = [
    `state = 'discarded'`,
    `tenant_id = ${place(filter.tenantId)}`,
    ...(filter.queue === undefined ? [] : [`queue = ${place(filter.queue)}`]),
    ...(filter.kind === undefined ? [] : [`kind = ${place(filter.kind)}`]),
    ...exceptKinds.map(kind => `kind <> ${place(kind)}`),
  ]
  const limit = place(filter.limit)
  const lock = sqlite ? '' : 'for update skip locked'
  return read(tx, `select ${columns} from jobs where ${where.join(' and ')} order by id limit ${limit} ${lock}`, params)
}

async function read(tx: Transaction, text: string, params: Param[]): Promise<EndedJob[]> {
  const rows = await tx.query<Row>(text, params)
  return rows.map(row => ({
    id: row.id,
    queue: row.queue,
    kind: row.kind,
    orderKey: row.order_key,
    orderPosition: row.order_position,
    hasDependents: row.has_dependents === 1,
  }))
}
