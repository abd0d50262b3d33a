import { and, eq } from 'drizzle-orm'
import { actorName, audit } from '../audit/audit.ts'
import type { Actor, AppContext } from '../context.ts'
import type { Transaction } from '../db/database.ts'
import { readOverrides, settingsTenant } from './read-overrides.ts'
import type { SettingsContext } from './read-settings.ts'
import { inForce, type Overrides, type SettingName, type Settings, type SettingValues } from './setting.ts'

type Needs = Pick<AppContext, 'clock' | 'database' | 'notifier'> & SettingsContext

/** What is left out stays; null takes it back to what the configuration says. */
export type SettingsPatch = { [N in SettingName]?: SettingValues[N] | null }

const names: SettingName[] = ['log_level', 'access_log_sample']

/** Changes settings for every process: this one at once, others when they hear of it. */
export async function changeSettings(app: Needs, actor: Actor, patch: SettingsPatch): Promise<Settings> {
  const overrides = await app.database.transaction(async tx => {
    const before = await readOverrides(tx)
    for (const name of names) await change(tx, actor, { name, to: patch[name], before }, app.clock.now())
    return readOverrides(tx)
  })
  app.settings.wake()
  app.notifier.publish('settings', 'changed')
  return inForce(app.settings.configured, overrides)
}

interface Change {
  name: SettingName
  to: SettingValues[SettingName] | null | undefined
  before: Overrides
}

async function change(tx: Transaction, actor: Actor, { name, to, before }: Change, now: number): Promise<void> {
  const from = before[name]?.value ?? null
  if (to === undefined || to === from) return
  const { settings } = tx.tables
  if (to === null) {
    await tx.orm.delete(settings).where(and(eq(settings.tenantId, settingsTenant), eq(settings.name, name)))
  } else {
    const set = { value: to, updatedAt: now, updatedBy: actorName(actor) }
    await tx.orm
      .insert(settings)
      .values({ tenantId: settingsTenant, name, ...set })
      .onConflictDoUpdate({ target: [settings.tenantId, settings.name], set })
  }
  await audit(
    tx,
    actor,
    { action: 'setting.changed', target: { type: 'setting', id: name }, details: { from, to } },
    now,
  )
}
