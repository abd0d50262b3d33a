import type { Config } from '../config.ts'
import { type Checks, examine } from './examine.ts'
import { checkClock } from './later/clock.ts'
import { checkLimits } from './later/limits.ts'
import { checkPostgresServer } from './later/postgres.ts'
import { checkTimeZones } from './later/time-zones.ts'
import { checkVersions } from './later/versions.ts'
import { checkWebhooks } from './later/webhooks.ts'
import { checkBackups } from './start/backups.ts'
import { checkConfiguration } from './start/configuration.ts'
import { checkDatabase } from './start/database.ts'
import { checkDisk } from './start/disk.ts'
import type { Finding } from './start/finding.ts'
import { checkModels } from './start/models.ts'
import { checkRedis } from './start/redis.ts'
import { withTimeLimit } from './start/time-limit.ts'

/**
 * Those that hold nothing up: neither what would make everybody wait (syncing a disk, reading a whole SQLite file) nor what
 * would load agent and job files once more.
 */
const checks: Checks = {
  versions: checkVersions,
  configuration: checkConfiguration,
  database: checkDatabase,
  redis: checkRedis,
  models: checkModels,
  disk: checkDisk,
  backups: checkBackups,
  'database settings': ({ database }) => (database.dialect === 'postgres' ? checkPostgresServer(database) : []),
  clock: checkClock,
  'time zones': () => checkTimeZones(),
  limits: () => checkLimits(),
  webhooks: checkWebhooks,
}

const eachMs = 15_000

/** Each ends, also where somebody else's server does not answer. */
const limited: Checks = Object.fromEntries(
  Object.entries(checks).map(([name, run]) => [
    name,
    async (config: Config) => withTimeLimit(Promise.resolve(run(config)), eachMs, `no end within ${eachMs / 1000} s`),
  ]),
)

/** Looks at a service from inside. Whoever asks while it looks is told what it finds then. */
export class Doctor {
  readonly #config: Config
  #looking: Promise<Finding[]> | null = null

  constructor(config: Config) {
    this.#config = config
  }

  examine(): Promise<Finding[]> {
    this.#looking ??= examine(limited, this.#config).finally(() => {
      this.#looking = null
    })
    return this.#looking
  }
}
