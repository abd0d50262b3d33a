import { join } from 'node:path'
import { startServices } from '../scripts/services/services.ts'
import type { Engine } from './bench.ts'

/** An empty database on a disk: a file in the folder, or a throw-away Postgres that syncs as in production. */
export async function openDatabase(engine: Engine, folder: string): Promise<AsyncDisposable & { url: string }> {
  if (engine === 'sqlite') {
    return { url: `sqlite:${join(folder, 'bunkhouse.db')}`, [Symbol.asyncDispose]: async () => {} }
  }
  const { databaseUrl, stop } = await startServices({ postgres: true, durable: true })
  if (databaseUrl === undefined) throw new Error('Postgres did not start.')
  return { url: databaseUrl, [Symbol.asyncDispose]: stop }
}
