import type { Connection } from '../../db/database.ts'

const postgres = `
select (extract(epoch from date_trunc('milliseconds', clock_timestamp())) * 1000)::float8 now`

/** The time by which the queue goes, in milliseconds since 1970. */
export async function readTime(connection: Pick<Connection, 'dialect' | 'query'>, now: number | null): Promise<number> {
  if (now !== null) return now
  const [row] = await connection.query<{ now: number }>(postgres, [])
  if (!row) throw new Error('The database did not tell the time.')
  return row.now
}
