import { pgKit } from './kit.postgres.ts'
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
  apiKeys,
  idempotencyKeys,
  schedules,
  occurrences,
} = tables(pgKit)
