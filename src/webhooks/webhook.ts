import type { InferSelectModel } from 'drizzle-orm'
import type { Tables } from '../db/tables.ts'

/** An address that hears what becomes of a tenant's runs and schedules. Times are milliseconds since 1970. */
export interface Webhook {
  id: string
  tenantId: string
  name: string
  url: string
  /** As in event-type.ts. */
  events: string[]
  /** Names of the agents whose events it wants; null: all. */
  agents: string[] | null
  /** Sealed. */
  secret: string
  previousSecret: string | null
  previousSecretUntil: number | null
  state: 'enabled' | 'disabled'
  disabledReason: string | null
  failingSince: number | null
  createdAt: number
  updatedAt: number
}

/** A webhook with the secret that only whoever made it is shown. */
export interface SecretWebhook {
  webhook: Webhook
  secret: string
}

// What JSON columns hold, and which words stand in text columns, was checked when it was written, by this feature alone.
export const toWebhook = (row: InferSelectModel<Tables['webhooks']>): Webhook => ({
  ...row,
  events: row.events as string[],
  agents: row.agents as string[] | null,
  state: row.state as Webhook['state'],
})

/** What a secret is sealed for: it opens for this webhook of this tenant alone. */
export const secretContext = ({ tenantId, id }: Pick<Webhook, 'tenantId' | 'id'>): string => `${tenantId} ${id}`
