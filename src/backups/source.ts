import type { Config } from '../config.ts'
import type { Connection } from '../db/database.ts'
import type { Source } from './make-backup.ts'

interface Needs {
  config: Pick<Config, 'backups' | 'database'>
  database: Pick<Connection, 'query'>
}

/** The configured database, to be copied. */
export async function openSource({ config, database }: Needs): Promise<Source> {
  if (config.database.dialect === 'postgres') {
    const { postgresSource } = await import('./postgres-source.ts')
    return postgresSource(config.database.url, { database, pgDump: config.backups.pgDump })
  }
  const { sqliteSource } = await import('./sqlite-source.ts')
  return sqliteSource(config.database.path)
}
