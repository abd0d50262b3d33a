import type { HttpContext } from '../context.ts'
import { hasFailed } from '../doctor/examine.ts'
import { controller } from '../http/controller.ts'
import { changeSettings } from '../settings/change-settings.ts'
import { readSettings } from '../settings/read-settings.ts'
import { SettingsObject, SettingsPatchBody, settingsPatch, settingsToWire } from '../settings/wire.ts'
import { readSystem, type SystemContext } from './read-system.ts'
import { FindingsObject, SystemObject, systemToWire } from './wire.ts'

/** `/v1/system`: the processes there are, and what is set while they run. */
export const systemRoutes = (app: HttpContext & SystemContext) =>
  controller('Operations', '/v1/system')
    .get('/', async () => systemToWire(await readSystem(app)), {
      scope: 'system:read',
      response: { 200: SystemObject },
      detail: {
        operationId: 'readSystem',
        summary: 'Read the state of the service',
        description: 'Version, roles and state of the process that answers, all processes, and runs on old versions.',
      },
    })
    .post(
      '/doctor',
      async () => {
        const findings = await app.doctor.examine()
        return { object: 'findings' as const, ok: !hasFailed(findings), findings }
      },
      {
        scope: 'system:write',
        response: { 200: FindingsObject },
        detail: {
          operationId: 'examineSystem',
          summary: 'Look for what is wrong, or will be',
          description:
            'As `bunkhouse doctor` does, on the machine of the process that answers, but for what would hold it up or load files once more. Takes some seconds, sends nothing that costs money, and changes nothing.',
        },
      },
    )
    .get('/settings', async () => settingsToWire(await readSettings(app)), {
      scope: 'system:read',
      response: { 200: SettingsObject },
      detail: {
        operationId: 'readSettings',
        summary: 'Read the settings',
        description: 'What can be set while the service runs, and what the configuration says of it.',
      },
    })
    .patch(
      '/settings',
      async ({ actor, body }) => settingsToWire(await changeSettings(app, actor, settingsPatch(body))),
      {
        scope: 'system:write',
        body: SettingsPatchBody,
        response: { 200: SettingsObject },
        detail: {
          operationId: 'changeSettings',
          summary: 'Change settings',
          description:
            'For every process, within two seconds and across restarts: what is set here wins over the configuration.',
        },
      },
    )
