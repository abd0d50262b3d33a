import type { Json } from '../json.ts'

/** An ordered conversation. Times are milliseconds since 1970. */
export interface Thread {
  id: string
  tenantId: string
  metadata: { [key: string]: Json }
  /** What was said until `summaryPosition`, in short; null: it was not summed up yet. */
  summary: string | null
  summaryPosition: number | null
  createdAt: number
  updatedAt: number
  /** Null: it is kept. */
  expiresAt: number | null
}

export interface StoredMessage {
  id: string
  tenantId: string
  threadId: string
  position: number
  runId: string | null
  role: string
  content: Json
  createdAt: number
}
