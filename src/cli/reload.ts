import { readConfig } from '../config.ts'
import { changedNames, type Environment } from '../config-environment.ts'
import { ConfigError } from '../config-reader.ts'
import type { Door } from '../http/door.ts'
import type { LiveSettings } from '../settings/live-settings.ts'
import { configuredValues } from '../settings/setting.ts'
import type { FactListener } from '../telemetry/facts.ts'

export interface ReloadOptions {
  environment: Environment
  settings: Pick<LiveSettings, 'configure'>
  door: Pick<Door, 'change'>
  emit: FactListener
  reopenLog(): void
}

/** What is taken over without a restart. */
const live = new Set([
  'LOG_LEVEL',
  'ACCESS_LOG_SAMPLE',
  'TRUSTED_PROXIES',
  'PROXY_HEADER',
  'CORS_ORIGINS',
  'RATE_LIMIT',
  'ADDRESS_RATE_LIMIT',
])

/**
 * What SIGHUP does: opens the log file anew, reads the configuration again, takes over what can change, and says what
 * would need a restart. Of a wrong configuration nothing is taken.
 */
export function configReloader({ environment, settings, door, emit, reopenLog }: ReloadOptions): () => void {
  let last = environment.atStart
  return () => {
    try {
      reopenLog()
    } catch (error) {
      emit('log.reopen_failed', { error })
    }
    try {
      const now = environment.read()
      const config = readConfig(now)
      const needRestart = changedNames(environment.atStart, now).filter(name => !live.has(name))
      emit('config.reloaded', { changed: changedNames(last, now), needRestart })
      last = now
      settings.configure(configuredValues(config))
      door.change(config.http)
    } catch (error) {
      emit('config.refused', { problems: problemsOf(error) })
    }
  }
}

const problemsOf = (error: unknown): string[] => {
  if (error instanceof ConfigError) return error.problems
  return [error instanceof Error ? error.message : String(error)]
}
