import { readConfig } from '../config.ts'
import { migrate, pendingMigrations } from '../db/migrate.ts'
import { openDatabase } from '../db/open.ts'
import type { Command } from './command.ts'
import { exitCode } from './exit-code.ts'

export const migrateCommand: Command = {
  name: 'migrate',
  usage: 'migrate [--dry-run]',
  summary: 'Bring the database up to this version. `serve` does so by itself.',
  help: '--dry-run   print the statements that would run, and run none',
  flags: { 'dry-run': { type: 'boolean' } },
  args: { min: 0, max: 0 },
  async run({ flags }) {
    const dryRun = flags['dry-run'] === true
    const opened = await openDatabase(readConfig().database, { own: !dryRun })
    try {
      if (dryRun) {
        const { pending } = await pendingMigrations(opened.database)
        for (const { tag, statements } of pending) console.log(`-- ${tag}\n${statements.join('\n')}\n`)
        console.log(`-- ${pending.length} migrations to apply`)
        return exitCode.ok
      }
      const { applied, pending } = await migrate(opened.database)
      for (const { tag } of pending) console.log(`applied ${tag}`)
      console.log(`The database is at migration ${applied}.`)
      return exitCode.ok
    } finally {
      await opened.close()
    }
  },
}
