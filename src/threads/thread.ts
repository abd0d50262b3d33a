import type { Json } from '../json.ts'

/** An ordered conversation. Times are milliseconds since 1970. */
export interface Thread {
  id: string
  tenantId: string
  metadata: { [key: string]: Json }
  createdAt: number
  updatedAt: number
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
