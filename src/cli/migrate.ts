import { existsSync } from 'node:fs'
import { type Config, type DatabaseConfig, readConfig } from '../config.ts'
import { pendingMigrations } from '../db/migrate.ts'
import { openDatabase } from '../db/open.ts'
import { OwnedElsewhere } from '../db/owner-lock.ts'
import { upgrade } from '../db/upgrade.ts'
import type { Command } from './command.ts'
import { exitCode } from './exit-code.ts'
import { openShared } from './open-shared.ts'

export const migrateCommand: Command = {
  name: 'migrate',
  usage: 'migrate [--dry-run]',
  summary: 'Bring the database up to this version. `serve` does so by itself.',
  help: [
    '--dry-run   print the statements that would run, and run none',
    '',
    'A SQLite file is copied before it is changed, to <file>.before-<migration>-<time>; MIGRATION_SNAPSHOT=off leaves that.',
    'Refuses a SQLite file that a process of an older version serves, and a database that a newer version has used.',
    'Exit status: 0 the database is at this version, 1 it could not be brought there, 2 wrong command line or',
    'configuration.',
  ].join('\n'),
  flags: { 'dry-run': { type: 'boolean' } },
  args: { min: 0, max: 0 },
  async run({ flags }) {
    const config = readConfig()
    await (flags['dry-run'] ? printPending(config.database) : applyPending(config))
    return exitCode.ok
  },
}

async function printPending(config: DatabaseConfig): Promise<void> {
  const missing = config.dialect === 'sqlite' && !existsSync(config.path)
  // A look must not make the file.
  const opened = await openDatabase(missing ? { ...config, path: ':memory:' } : config, { own: false })
  try {
    const { pending } = await pendingMigrations(opened.database)
    for (const { tag, statements } of pending) console.log(`-- ${tag}\n${statements.join('\n')}\n`)
    console.log(`-- ${pending.length} migrations to apply`)
  } finally {
    await opened.close()
  }
}

async function applyPending(config: Config): Promise<void> {
  const opened = await openDatabase(config.database, { own: true }).catch(error => {
    // Where another process serves it, there is nothing to do if all is well.
    if (error instanceof OwnedElsewhere) return openShared(config)
    throw error
  })
  try {
    const { applied, pending, snapshot } = await upgrade(opened.database, { snapshot: config.migrationSnapshot })
    if (snapshot !== null) console.log(`kept ${snapshot}`)
    for (const { tag } of pending) console.log(`applied ${tag}`)
    console.log(`The database is at migration ${applied}.`)
  } finally {
    await opened.close()
  }
}
