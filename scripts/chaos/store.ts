import { Database as Sqlite } from 'bun:sqlite'
import { SQL } from 'bun'
import type { Engine } from './options.ts'

/** Reads the database behind the processes' backs. */
export interface Store {
  engine: Engine
  /** The same SQL on both engines, but for the parts below. */
  rows<Row>(text: string): Promise<Row[]>
  /** SQL for a time column as milliseconds since 1970. */
  ms(column: string): string
  /** SQL for a JSON column as its text. */
  text(column: string): string
  cutConnections(share: number): Promise<unknown>
}

export function openStore(engine: Engine, url: string): Store {
  if (engine === 'sqlite') {
    return {
      engine,
      async rows<Row>(text: string) {
        using file = new Sqlite(url.slice('sqlite:'.length))
        file.run('PRAGMA busy_timeout = 5000')
        return file.query<Row, []>(text).all()
      },
      ms: column => column,
      text: column => column,
      cutConnections: async () => {},
    }
  }
  // A connection each: whatever kills the others kills ours too.
  const rows = async <Row>(text: string): Promise<Row[]> => {
    const sql = new SQL(url, { max: 1, connectionTimeout: 5 })
    try {
      // A copy: Bun's results carry fields of their own.
      return [...(await sql.unsafe<Row[]>(text))]
    } finally {
      await sql.close({ timeout: 0 })
    }
  }
  return {
    engine,
    rows,
    ms: column => `floor(extract(epoch from ${column}) * 1000)::float8`,
    text: column => `${column}::text`,
    cutConnections: share =>
      rows(`select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and random() < ${share}`),
  }
}
