import type { InferSelectModel } from 'drizzle-orm'
import type { Tables } from '../db/tables.ts'

/** One attempt. */
export interface Try {
  /** Milliseconds since 1970. */
  at: number
  /** What the receiver answered; null: nothing. */
  status: number | null
  /** How long that took. */
  ms: number
  /** Why it does not count as delivered; null: it does. */
  error: string | null
  /** What it answered, the first kilobyte. */
  answer: string | null
}

/** One message to one address. Times are milliseconds since 1970. */
export interface Delivery {
  id: string
  tenantId: string
  /** Null: it goes to the address that its run was given. */
  webhookId: string | null
  runId: string | null
  messageId: string
  event: string
  url: string
  body: string
  jobId: string
  state: 'pending' | 'delivered' | 'failed'
  attempts: number
  log: Try[]
  createdAt: number
  finishedAt: number | null
}

// As in webhook.ts: written by this feature alone.
export const toDelivery = (row: InferSelectModel<Tables['webhookDeliveries']>): Delivery => ({
  ...row,
  state: row.state as Delivery['state'],
  log: row.log as unknown as Try[],
})
