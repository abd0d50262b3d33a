import type { FactListener } from '../telemetry/facts.ts'
import type { MigratableDatabase } from './migrate.ts'
import { LocalNotifier, type Notifier } from './notifier.ts'
import { SharedNotifier } from './shared-notifier.ts'

/** Redis where it is configured, else the database where several processes can share it, else nobody to tell. */
export async function openNotifier(
  database: MigratableDatabase,
  redisUrl: string | null,
  emit: FactListener,
): Promise<Notifier> {
  if (redisUrl !== null) {
    const { redisHints } = await import('./redis-hints.ts')
    const onError = (error: unknown) => emit('notifier.failed', { transport: 'redis', error })
    return new SharedNotifier(redisHints(redisUrl, onError), onError)
  }
  if (database.dialect === 'sqlite') return new LocalNotifier()
  const { postgresHints } = await import('./postgres-hints.ts')
  return new SharedNotifier(postgresHints(database), error => emit('notifier.failed', { transport: 'postgres', error }))
}
