import { readdir, stat, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { AppContext } from '../context.ts'
import type { GaugeValues } from '../telemetry/gauges.ts'

type Needs = Pick<AppContext, 'config' | 'database'>

/** How much room the data takes and has, and what this process has open. What a system does not tell is left out. */
export async function readSizes({ config, database }: Needs): Promise<GaugeValues> {
  const read = await Promise.all([
    config.database.dialect === 'sqlite' ? ofFile(config.database.path) : ofServer(database),
    ofDisk(config.database.dialect === 'sqlite' ? dirname(config.database.path) : '.'),
    openHandles(),
  ])
  return Object.assign({}, ...read)
}

async function ofFile(path: string): Promise<GaugeValues> {
  const [file, log] = await Promise.all([sizeOf(path), sizeOf(`${path}-wal`)])
  return { database_bytes: file, sqlite_wal_bytes: log }
}

/** There is no log beside a file that was closed well and not written since. */
const sizeOf = async (path: string): Promise<number> => (await stat(path).catch(() => null))?.size ?? 0

async function ofServer({ query }: Needs['database']): Promise<GaugeValues> {
  const [row] = await query<{ bytes: number | string }>('select pg_database_size(current_database()) bytes', [])
  return row ? { database_bytes: Number(row.bytes) } : {}
}

async function ofDisk(folder: string): Promise<GaugeValues> {
  const { bsize, bavail, blocks } = await statfs(folder)
  return { disk_free_bytes: bavail * bsize, disk_size_bytes: blocks * bsize }
}

async function openHandles(): Promise<GaugeValues> {
  const names = await readdir('/dev/fd').catch(() => null)
  // Without the one that looks.
  return names ? { open_handles: names.length - 1 } : {}
}
