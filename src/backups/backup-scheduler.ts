import type { AppContext } from '../context.ts'
import { AppError } from '../errors.ts'
import { Loop } from '../runtime/loop.ts'
import type { Service } from '../runtime/service.ts'
import { checkRule, latestFires, nextFire, type Rule } from '../schedules/rule/rule.ts'
import { RuleError } from '../schedules/rule/times.ts'
import { enqueueBackup } from './enqueue-backup.ts'

/** A clock that is set, or a host that slept, goes unnoticed for no longer. */
const atMostMs = 60_000
/** What is further back is not made up for. */
const lookBackMs = 370 * 86_400_000

/**
 * Asks for a backup at each time of the rule. Any number of processes may do so: they ask for the same. What was due while
 * none was awake is made up for by one at the start.
 */
export class BackupScheduler implements Service {
  readonly name = 'backups'
  readonly #app: Parameters<typeof enqueueBackup>[0]
  readonly #rule: Rule
  readonly #loop: Loop
  #doneUntil = Number.NEGATIVE_INFINITY

  /** @throws AppError invalid_request for a rule that cannot be understood */
  constructor(app: Parameters<typeof enqueueBackup>[0] & Pick<AppContext, 'emit'>, schedule: string) {
    this.#app = app
    this.#rule = backupRule(schedule)
    this.#loop = new Loop({
      name: this.name,
      body: () => this.#turn(),
      onError: error => app.emit('loop.failed', { loop: this.name, error }),
    })
  }

  start(): void {
    this.#loop.start()
  }

  stop(): Promise<void> {
    return this.#loop.stop()
  }

  async #turn(): Promise<number> {
    const now = this.#app.clock.now()
    const after = Math.max(this.#doneUntil, now - lookBackMs)
    const [due] = latestFires(this.#rule, { after, until: now, limit: 1 })
    if (due !== undefined) {
      await enqueueBackup(this.#app, due, null)
      this.#doneUntil = due
    }
    const next = nextFire(this.#rule, now)
    return next === null ? atMostMs : Math.min(atMostMs, Math.max(1, next - now))
  }
}

/** By UTC; intervals are counted from 1970, so that every process has the same times. */
export function backupRule(schedule: string): Rule {
  const rule = { cron: schedule, at: null, timezone: 'UTC', startAt: null, endAt: null, anchorAt: 0 }
  try {
    checkRule(rule)
    return rule
  } catch (error) {
    if (error instanceof RuleError) throw new AppError('invalid_request', `BACKUP_SCHEDULE: ${error.message}`)
    throw error
  }
}
