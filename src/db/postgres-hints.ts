import type { PostgresDatabase } from './postgres.ts'
import { connectPostgres } from './postgres-lane.ts'
import type { HintTransport } from './shared-notifier.ts'

const channel = 'bunkhouse_hints'

/** LISTEN on a connection of its own, which the driver opens again when it breaks; NOTIFY outside of transactions. */
export function postgresHints(database: PostgresDatabase): HintTransport {
  const listener = connectPostgres(database.url)
  return {
    name: 'postgres',
    channel,
    send: async text => {
      await database.query(`select set_config('synchronous_commit', 'off', true), pg_notify($1, $2)`, [channel, text])
    },
    listen: async receive => {
      await listener.listen(channel, receive)
    },
    close: async () => {
      await listener.end({ timeout: 0 })
    },
  }
}
