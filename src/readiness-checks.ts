import type { Config } from './config.ts'
import type { Database } from './db/database.ts'
import { pendingMigrations } from './db/migrate.ts'
import { NotReady, type ReadinessCheck } from './http/readiness.ts'
import type { Worker } from './queue/worker.ts'
import type { LifecycleState } from './runtime/lifecycle.ts'

interface Parts {
  config: Config
  database: Database
  workers: Worker[]
  state(): LifecycleState
}

/** A claim loop that is alive ends a turn each second. */
const workerSilenceMs = 15_000

/** What has to be well for traffic to be sent here. */
export function readinessChecks({ config, database, workers, state }: Parts): Record<string, ReadinessCheck> {
  return {
    process: () => {
      if (state() !== 'ready') throw new NotReady(`The process is ${state()}.`)
    },
    database: async () => {
      await database.query('select 1 as one', [])
    },
    migrations: async () => {
      const { pending } = await pendingMigrations(database)
      if (pending.length > 0) throw new NotReady(`${pending.length} migrations are missing.`)
    },
    ...(config.redisUrl !== null && { redis: redisCheck(config.redisUrl) }),
    ...(workers.length > 0 && {
      worker: () => {
        if (workers.some(worker => worker.idleForMs > workerSilenceMs))
          throw new NotReady('A worker has not claimed for 15 s.')
      },
    }),
  }
}

function redisCheck(url: string): ReadinessCheck {
  let client: Promise<import('ioredis').Redis> | undefined
  return async () => {
    client ??= import('./db/redis-client.ts').then(({ connectRedis }) => connectRedis(url, () => {}))
    await (await client).ping()
  }
}
