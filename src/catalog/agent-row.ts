import type { AgentRecord } from '../agents/record.ts'

export type AgentSource = 'builtin' | 'file' | 'api'

/** An agent in one of its versions. Times are milliseconds since 1970. */
export interface Agent {
  name: string
  source: AgentSource
  version: number
  record: AgentRecord
  createdAt: number
  updatedAt: number
}
