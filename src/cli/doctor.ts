import type { Checks } from '../doctor/examine.ts'
import { checkClock } from '../doctor/later/clock.ts'
import { checkDiskSpeed } from '../doctor/later/disk-speed.ts'
import { checkLimits } from '../doctor/later/limits.ts'
import { checkPostgresServer } from '../doctor/later/postgres.ts'
import { checkSqliteFile } from '../doctor/later/sqlite.ts'
import { checkTimeZones } from '../doctor/later/time-zones.ts'
import { checkVersions } from '../doctor/later/versions.ts'
import { checkWebhooks } from '../doctor/later/webhooks.ts'
import { checks as checksOfStart } from './check.ts'
import type { Command } from './command.ts'
import { runChecks } from './run-checks.ts'

const checks: Checks = {
  versions: checkVersions,
  ...checksOfStart,
  'database settings': ({ database }) =>
    database.dialect === 'postgres' ? checkPostgresServer(database) : checkSqliteFile(database.path),
  'disk speed': checkDiskSpeed,
  clock: checkClock,
  'time zones': () => checkTimeZones(),
  limits: () => checkLimits(),
  webhooks: checkWebhooks,
}

export const doctor: Command = {
  name: 'doctor',
  usage: 'doctor [--json] | doctor --chaos [--json]',
  summary: 'Look for what will hurt a service one day, and say what to do about it.',
  help: [
    '--json    print the findings as JSON: {"ok": …, "findings": [{"level", "area", "text", "advice"?}]}',
    '--chaos   start a second service on a temporary database, kill it in the middle of a run, start it again, and',
    '          show what became of the work; nothing of this service is touched',
    '',
    'All that `check` looks at, and: versions, the clock, the speed of the disk, the settings of the database and whether',
    'a SQLite file is whole, time zones, the limits of the system, and the way to the receivers of webhooks.',
    'Changes nothing, sends nothing that costs money, and may be run beside a service. Levels are those of `check`.',
    'Exit status: 0 nothing failed, 1 something failed, 2 the configuration itself is wrong.',
  ].join('\n'),
  flags: { json: { type: 'boolean' }, chaos: { type: 'boolean' } },
  args: { min: 0, max: 0 },
  async run({ flags }) {
    const json = flags.json === true
    if (flags.chaos) return (await import('./doctor/chaos.ts')).runChaos({ json })
    return runChecks(checks, { json })
  },
}
