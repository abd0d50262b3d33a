import type { RunOutbox } from '../../src/runs/run-outbox.ts'
import type { OccurrenceOutbox } from '../../src/schedules/occurrence-outbox.ts'

/** Of a service where nobody listens. */
export const noOutbox: RunOutbox & OccurrenceOutbox = {
  listens: () => false,
  tellRuns: async () => {},
  tellApprovals: async () => {},
  tellBudgets: async () => {},
  tellOccurrences: async () => {},
  wake: () => {},
}
