import { pendingMigrations } from '../../db/migrate.ts'
import { AppError } from '../../errors.ts'
import { area, type Finding } from './finding.ts'

const report = area('database')

export async function checkMigrations(database: Parameters<typeof pendingMigrations>[0]): Promise<Finding[]> {
  try {
    const { applied, pending } = await pendingMigrations(database)
    if (pending.length === 0) return [report.ok(`at migration ${applied}, the newest`)]
    return [report.note(`${pending.length} to apply: a start does so, or bunkhouse migrate`)]
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return [report.fail(error.message, 'Start the version that used it last, or restore a backup.')]
  }
}
