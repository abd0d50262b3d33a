import { closeSync, openSync, rmSync } from 'node:fs'
import type { Connection } from '../db/database.ts'
import type { Source } from './make-backup.ts'
import { callProgram, clientEnvironment } from './postgres-client.ts'
import { checkDump } from './postgres-dump.ts'
import { findPostgresPrograms } from './postgres-programs.ts'

/** The major version of a server. */
export async function serverMajor({ query }: Pick<Connection, 'query'>): Promise<number> {
  const [row] = await query<{ number: string }>(`select current_setting('server_version_num') as number`, [])
  return Math.floor(Number(row?.number) / 10_000)
}

/** `pg_dump` in its custom format, of one moment: others go on meanwhile. */
export const postgresSource = (
  url: string,
  { database, pgDump }: { database: Pick<Connection, 'query'>; pgDump: string | null },
): Source => ({
  async copyTo(file, signal) {
    const programs = await findPostgresPrograms(pgDump, await serverMajor(database))
    // Only the owner may read it: it holds all there is.
    closeSync(openSync(file, 'wx', 0o600))
    try {
      await callProgram({
        program: programs.dump,
        // What a forced restore has put aside is no part of it.
        args: ['--format=custom', '--no-password', '--exclude-schema=bunkhouse_replaced_*', `--file=${file}`],
        env: clientEnvironment(url),
        signal,
      })
      await checkDump(programs, file, signal)
    } catch (error) {
      rmSync(file, { force: true })
      throw error
    }
  },
})
