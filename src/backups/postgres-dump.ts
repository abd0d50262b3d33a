import { AppError } from '../errors.ts'
import { callProgram } from './postgres-client.ts'
import type { PostgresPrograms } from './postgres-programs.ts'

const needed = ['jobs', 'runs', 'bunkhouse_migrations']

/**
 * Whether a dump is one of ours, and whole: its table of contents, and all of its data unpacked.
 * @returns how many migrations its database has had
 * @throws AppError invalid_request
 */
export async function checkDump({ restore }: PostgresPrograms, file: string, signal?: AbortSignal): Promise<number> {
  const read = (args: string[]) =>
    callProgram({ program: restore, args: [...args, file], signal }).catch(error => {
      if (!(error instanceof AppError) || error.code === 'storage_full') throw error
      throw new AppError('invalid_request', `${file} is damaged, or no dump of Postgres: ${error.message}`, {
        cause: error,
      })
    })
  const list = await read(['--list'])
  const tables = new Set([...list.matchAll(/ TABLE DATA \S+ (\S+) /g)].map(([, table]) => table))
  const missing = needed.find(table => !tables.has(table))
  if (missing !== undefined) {
    throw new AppError('invalid_request', `${file} is no backup of Bunkhouse: it has no table ${missing}.`)
  }
  // The list stands at the beginning: only unpacking shows that the end is there.
  await read(['--file=/dev/null'])
  return countRows(await read(['--data-only', '--table=bunkhouse_migrations', '--file=-']))
}

/** Lines between COPY and its end. */
function countRows(script: string): number {
  const rows = /^COPY .*FROM stdin;\n((?:.+\n)*?)\\\.$/m.exec(script)?.[1] ?? ''
  return rows.split('\n').filter(Boolean).length
}
