import type { Connection } from '../../db/database.ts'

/** When the schedule that waits longest is due, in milliseconds since 1970; by the index schedules_due. Null: none is. */
export async function readFirstDue({ query }: Pick<Connection, 'query'>): Promise<number | null> {
  const [row] = await query<{ due: number | null }>(
    'select min(next_due_at) due from schedules where next_due_at is not null',
    [],
  )
  return row?.due ?? null
}
