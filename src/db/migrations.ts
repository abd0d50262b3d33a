import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Migration {
  tag: string
  statements: string[]
}

interface Journal {
  entries: { idx: number; tag: string }[]
}

/**
 * Reads what drizzle-kit generated. Called as a macro, so that the statements are part of the bundle and of the
 * compiled binary.
 */
export function readMigrations(dialect: string): Migration[] {
  const folder = join(import.meta.dir, '../../migrations', dialect)
  const journal: Journal = JSON.parse(readFileSync(join(folder, 'meta/_journal.json'), 'utf8'))
  return journal.entries.map(({ tag }) => ({
    tag,
    statements: readFileSync(join(folder, `${tag}.sql`), 'utf8')
      .split('--> statement-breakpoint')
      .map(statement => statement.trim())
      .filter(statement => statement !== ''),
  }))
}
