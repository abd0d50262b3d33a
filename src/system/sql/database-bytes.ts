import type { Connection } from '../../db/database.ts'

const sqlite = 'select page_count * page_size bytes from pragma_page_count(), pragma_page_size()'
const postgres = 'select pg_database_size(current_database())::float8 bytes'

/** What the database takes on disk, without its log. */
export async function databaseBytes({ dialect, query }: Pick<Connection, 'dialect' | 'query'>): Promise<number> {
  const [row] = await query<{ bytes: number }>(dialect === 'sqlite' ? sqlite : postgres, [])
  return row?.bytes ?? 0
}
