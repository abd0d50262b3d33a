import { type Static, t } from 'elysia'
import { logLevels } from '../config.ts'
import { oneOf } from '../http/one-of.ts'
import type { SettingsPatch } from './change-settings.ts'
import type { Setting, SettingName, Settings } from './setting.ts'

const changed = {
  changed_at: t.Nullable(
    t.String({ format: 'date-time', description: 'When it was set; null where the configuration is in force.' }),
  ),
  changed_by: t.Nullable(t.String({ description: 'Id of a key, or `operator` for the command line.' })),
}

const level = (description: string) => oneOf([...logLevels], { description })
const share = (description: string) => t.Number({ minimum: 0, maximum: 1, description })

const example = {
  object: 'settings',
  log_level: {
    value: 'debug',
    configured: 'info',
    changed_at: '2026-11-23T23:39:29.228Z',
    changed_by: 'key_01a20ac7643c74ff917af328c26df1fb',
  },
  access_log_sample: { value: 1, configured: 1, changed_at: null, changed_by: null },
}

export const SettingsObject = t.Object(
  {
    object: t.Literal('settings'),
    log_level: t.Object({
      value: level('What is in force.'),
      configured: level('What LOG_LEVEL says.'),
      ...changed,
    }),
    access_log_sample: t.Object({
      value: share('Share of the requests that went well which are logged.'),
      configured: share('What ACCESS_LOG_SAMPLE says.'),
      ...changed,
    }),
  },
  { title: 'Settings', description: 'What can be set while the service runs.', examples: [example] },
)

export const SettingsPatchBody = t.Object(
  {
    log_level: t.Optional(t.Nullable(level('What is logged, from this level on.'))),
    access_log_sample: t.Optional(
      t.Nullable(share('Share of the requests that went well which are logged. Failures and slow ones always are.')),
    ),
  },
  {
    additionalProperties: false,
    minProperties: 1,
    title: 'SettingsChange',
    description: 'What is left out stays; null takes it back to what the configuration says.',
    examples: [{ log_level: 'debug' }],
  },
)

/** The request's words as the verb's. */
export const settingsPatch = (body: Static<typeof SettingsPatchBody>): SettingsPatch => body

export const settingsExample = example

const settingToWire = <N extends SettingName>({ value, configured, changedAt, changedBy }: Setting<N>) => ({
  value,
  configured,
  changed_at: changedAt === null ? null : new Date(changedAt).toISOString(),
  changed_by: changedBy,
})

export const settingsToWire = (settings: Settings) => ({
  object: 'settings' as const,
  log_level: settingToWire(settings.log_level),
  access_log_sample: settingToWire(settings.access_log_sample),
})
