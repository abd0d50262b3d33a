import { backupRule } from '../../backups/backup-scheduler.ts'
import { openDestination } from '../../backups/place.ts'
import type { Config } from '../../config.ts'
import { AppError } from '../../errors.ts'
import { nextFire } from '../../schedules/rule/rule.ts'
import { area, type Finding } from './finding.ts'
import { withTimeLimit } from './time-limit.ts'

const report = area('backups')
const timeLimitMs = 10_000

/** The place, the rule, and how old the newest one is. */
export async function checkBackups(config: Config): Promise<Finding[]> {
  const { to, schedule } = config.backups
  if (to === null) return [report.note('BACKUP_TO is not set: the service makes none by itself')]
  return [...(await checkPlace(config, to)), ...(schedule === null ? [] : checkRule(schedule))]
}

async function checkPlace(config: Config, to: string): Promise<Finding[]> {
  try {
    const late = `${to} does not answer within ${timeLimitMs / 1000} s`
    const destination = await openDestination(config, to)
    const stored = await withTimeLimit(
      destination.probe().then(() => destination.list()),
      timeLimitMs,
      late,
    )
    const [newest] = stored
    if (!newest) return [report.ok(`${to} can be used, and holds none yet`)]
    const text = `${stored.length} at ${to}, the newest of ${new Date(newest.madeAt).toISOString()}`
    if (config.backups.schedule === null || !isOverdue(config.backups.schedule, newest.madeAt)) return [report.ok(text)]
    return [
      report.warn(`${text}: later ones are missing`, 'Look at GET /v1/jobs?kind=backup.make for what went wrong.'),
    ]
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const text = reason.includes(to) ? reason : `${to} cannot be used: ${reason}`
    return [report.fail(text, 'Correct BACKUP_TO, the rights there, or the S3_… variables: no backup can be made.')]
  }
}

/** Two were due since, and the second an hour ago. */
function isOverdue(schedule: string, madeAt: number): boolean {
  try {
    const rule = backupRule(schedule)
    const first = nextFire(rule, madeAt)
    const second = first === null ? null : nextFire(rule, first)
    return second !== null && second < Date.now() - 3_600_000
  } catch {
    return false // told by itself
  }
}

function checkRule(schedule: string): Finding[] {
  try {
    const next = nextFire(backupRule(schedule), Date.now())
    if (next !== null) return [report.ok(`BACKUP_SCHEDULE ${schedule}, next at ${new Date(next).toISOString()}`)]
    return [report.warn(`BACKUP_SCHEDULE ${schedule} has no time to come`, 'Set it to @daily, or leave it out.')]
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return [report.fail(error.message, 'Correct it: the service does not start with it.')]
  }
}
