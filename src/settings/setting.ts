import { type Config, logLevels } from '../config.ts'
import type { Json } from '../json.ts'

/** What can be set while the service runs. Names as in the table and on the wire. */
export interface SettingValues {
  log_level: Config['logLevel']
  access_log_sample: number
}

export type SettingName = keyof SettingValues

/** One setting; times in milliseconds since 1970. */
export interface Setting<N extends SettingName = SettingName> {
  /** What is in force. */
  value: SettingValues[N]
  /** What the configuration says, for when nothing is set. */
  configured: SettingValues[N]
  /** When and by whom it was set; null where the configuration is in force. */
  changedAt: number | null
  changedBy: string | null
}

export type Settings = { [N in SettingName]: Setting<N> }

/** What is set in the database. */
export type Overrides = { [N in SettingName]?: { value: SettingValues[N]; at: number; by: string } }

export const configuredValues = (config: Pick<Config, 'logLevel' | 'accessLogSample'>): SettingValues => ({
  log_level: config.logLevel,
  access_log_sample: config.accessLogSample,
})

/** Reads what is stored; undefined for what this version does not know or take. */
export const parseSetting: { [N in SettingName]: (stored: Json) => SettingValues[N] | undefined } = {
  log_level: stored => logLevels.find(level => level === stored),
  access_log_sample: stored => (typeof stored === 'number' && stored >= 0 && stored <= 1 ? stored : undefined),
}

export function inForce(configured: SettingValues, overrides: Overrides): Settings {
  const one = <N extends SettingName>(name: N): Setting<N> => {
    const set = overrides[name]
    return {
      value: set ? set.value : configured[name],
      configured: configured[name],
      changedAt: set?.at ?? null,
      changedBy: set?.by ?? null,
    }
  }
  return { log_level: one('log_level'), access_log_sample: one('access_log_sample') }
}
