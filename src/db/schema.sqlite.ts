import { sqliteKit } from './kit.sqlite.ts'
import { tables } from './tables.ts'

// drizzle-kit reads a schema from a module's exports, one a table.
export const {
  agents,
  agentVersions,
  threads,
  messages,
  runs,
  runEvents,
  jobs,
  jobDependencies,
  jobLogs,
  queues,
  rateBuckets,
  blockedOrderKeys,
  apiKeys,
  idempotencyKeys,
  schedules,
  occurrences,
  tenants,
  auditLog,
  settings,
  processes,
  webhooks,
  webhookDeliveries,
  approvals,
  secrets,
} = tables(sqliteKit)
