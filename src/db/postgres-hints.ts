import type { PostgresDatabase } from './postgres.ts'
import type { HintTransport } from './shared-notifier.ts'

const channel = 'bunkhouse_hints'

/** LISTEN on a connection of its own, which the driver opens again when it breaks; NOTIFY outside of transactions. */
export function postgresHints(database: PostgresDatabase): HintTransport {
  let listening: { unlisten(): Promise<unknown> } | undefined
  return {
    name: 'postgres',
    send: async text => {
      await database.query('select pg_notify($1, $2)', [channel, text])
    },
    listen: async receive => {
      listening = await database.client.listen(channel, receive)
    },
    close: async () => {
      await listening?.unlisten().catch(() => {})
    },
  }
}
