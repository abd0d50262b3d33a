import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expandFault } from './expand-fault.ts'

export interface Migration {
  tag: string
  statements: string[]
  /** Programs that do not know it can go on with the database: they see no difference. */
  expand?: true
}

/** The first line of a migration that only adds. */
const expandMark = /^-- expand\b.*\n/

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
  return journal.entries.map(({ tag }) => {
    const text = readFileSync(join(folder, `${tag}.sql`), 'utf8')
    const statements = text
      .replace(expandMark, '')
      .split('--> statement-breakpoint')
      .map(statement => statement.trim())
      .filter(statement => statement !== '')
    if (!expandMark.test(text)) return { tag, statements }
    const fault = expandFault(statements)
    if (fault !== null) throw new Error(`${dialect}/${tag} is marked as one that expands, and is not: ${fault}`)
    return { tag, statements, expand: true as const }
  })
}
