import type { Config } from '../config.ts'
import type { Connection } from '../db/database.ts'
import type { Source } from './make-backup.ts'

interface Needs {
  config: Pick<Config, 'backups' | 'database'>
  database: Pick<Connection, 'query'>
}

/** The configured database, to be copied. `apart`: without keeping this thread busy. */
export async function openSource({ config, database }: Needs, { apart }: { apart: boolean }): Promise<Source> {
  if (config.database.dialect === 'postgres') {
    const { postgresSource } = await import('./postgres-source.ts')
    return postgresSource(config.database.url, { database, pgDump: config.backups.pgDump })
  }
  const { sqliteSource, sqliteSourceApart } = await import('./sqlite-source.ts')
  return apart ? sqliteSourceApart(config.database.path) : sqliteSource(config.database.path)
}
