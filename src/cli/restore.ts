import { restoreBackup } from '../backups/restore-backup.ts'
import { readConfig } from '../config.ts'
import { systemClock } from '../runtime/clock.ts'
import type { Command } from './command.ts'
import { exitCode } from './exit-code.ts'

/** Whoever may start this program may do everything. */
const operator = { tenantId: 'default', keyId: null }

export const restore: Command = {
  name: 'restore',
  usage: 'restore <file | s3://bucket/key> [--force]',
  summary: 'Put a backup into the empty database of DATABASE_URL.',
  help: [
    '--force   also where there is data: a SQLite file is kept beside as <file>.replaced-<time>, tables of Postgres in the',
    '          schema bunkhouse_replaced_<time>',
    '',
    'Checks the backup before it touches anything. Refuses while a process uses the database, and a backup of a newer',
    'version. The next start migrates it, and what is queued in it runs: make sure that the service it was made of does',
    'not run any more, or both do the same work.',
    'Exit status: 0 restored, 1 not restored and nothing changed, 2 wrong command line or configuration.',
  ].join('\n'),
  flags: { force: { type: 'boolean' } },
  args: { min: 1, max: 1 },
  async run({ args: [from = ''], flags }) {
    const app = { config: readConfig(), clock: systemClock }
    const { replaced } = await restoreBackup(app, operator, { from, force: flags.force === true })
    console.log(`Restored ${from}.`)
    if (replaced !== null) console.log(`What was there before is kept as ${replaced}.`)
    return exitCode.ok
  },
}
