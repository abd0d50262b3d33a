import type { Transaction } from '../../db/database.ts'
import type { JobRow, WrittenRow } from './insert-job-rows.ts'
import { limited } from './open-queue.ts'

/** For SQLite: what becomes of a job, decided before it is inserted. */
export interface PlacedRow {
  row: JobRow
  state: WrittenRow['state']
  /** Null without an order key. */
  position: number | null
}

interface OrderKey {
  last: number
  blocked: boolean
}

const readOrderKey = `
select coalesce(max(order_position), 0) last, exists (select 1 from blocked_order_keys where order_key = ?1) blocked
from jobs where order_key = ?1 and finished_at is null`

// A queue that is paused or limited, and a key that is paused, give work out only by claims, which count it.
const readHeldBack = `
select exists (select 1 from queues where name = ?1 and (${limited}))
  or exists (select 1 from rate_buckets where queue = ?1 and key in ('', ?2) and paused_until > ?3) held`

const readWaiting = `
select exists (select 1 from jobs where queue = ?1 and state = 'available' and tenant_id = ?2) waits`

/** Gives each job its place behind the unfinished ones of its order key, and its first state. */
export async function placeRows(tx: Transaction, rows: JobRow[], now: number): Promise<PlacedRow[]> {
  const orderKeys = new Map<string, OrderKey>()
  const heldBack = new Map<string, boolean>()

  const orderKeyOf = async (key: string): Promise<OrderKey> => {
    const known = orderKeys.get(key)
    if (known) return known
    const [row] = await tx.query<{ last: number; blocked: number }>(readOrderKey, [key])
    const read = { last: row?.last ?? 0, blocked: row?.blocked === 1 }
    orderKeys.set(key, read)
    return read
  }
  const isHeldBack = async ({ queue, tenantId, limitKey = '', unlessWaiting }: JobRow): Promise<boolean> => {
    if (unlessWaiting) {
      const [row] = await tx.query<{ waits: number }>(readWaiting, [queue, tenantId])
      if (row?.waits === 1) return true
    }
    const name = JSON.stringify([queue, limitKey])
    const known = heldBack.get(name)
    if (known !== undefined) return known
    const [row] = await tx.query<{ held: number }>(readHeldBack, [queue, limitKey, now])
    const held = row?.held === 1
    heldBack.set(name, held)
    return held
  }

  const placed: PlacedRow[] = []
  for (const row of rows) {
    const orderKey = row.orderKey === null ? null : await orderKeyOf(row.orderKey)
    const position = orderKey === null ? null : ++orderKey.last
    const leads = orderKey === null || (orderKey.last === 1 && !orderKey.blocked)
    const begins = row.handOffTo !== null && leads && startsAt(row) === 'now' && !(await isHeldBack(row))
    placed.push({ row, position, state: begins ? 'running' : stateOf(row) })
  }
  return placed
}

const startsAt = (row: JobRow) => (stateOf(row) === 'available' ? 'now' : 'later')

function stateOf({ failure, waitsFor = 0, delayMs }: JobRow) {
  if (failure !== undefined) return 'cancelled'
  if (waitsFor > 0) return 'waiting'
  return delayMs > 0 ? 'scheduled' : 'available'
}
