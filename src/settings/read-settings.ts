import type { AppContext } from '../context.ts'
import type { LiveSettings } from './live-settings.ts'
import { readOverrides } from './read-overrides.ts'
import { inForce, type Settings } from './setting.ts'

export type SettingsContext = { settings: Pick<LiveSettings, 'configured' | 'wake'> }

/** What can be set while the service runs, as it is now. */
export const readSettings = async ({
  database,
  settings,
}: Pick<AppContext, 'database'> & SettingsContext): Promise<Settings> =>
  inForce(settings.configured, await readOverrides(database))
