import type { CommittedHint } from '../db/notifier.ts'
import type { ClaimedJob, NewJob } from './job.ts'
import type { Worker } from './worker.ts'

/** A worker's place for a job that is about to be inserted already leased. To be given back, by `begin` or `release`. */
export interface HandOff {
  /** How the job is inserted. */
  fields: Pick<NewJob, 'handOffTo' | 'handOffUnlessWaiting'>
  /** Milliseconds that the insert leases it for; null: as long as any. */
  leaseMs: number | null
  /** What the insert tells, where it can: then `begin` need not. */
  hint: CommittedHint | null
  /** @param job is on disk, in state `running` */
  begin(job: ClaimedJob, told: boolean): void
  release(): void
}

/** Null where it has no room, or the tenant has to wait for its turn. */
export function reserveHere(worker: Worker, tenantId: string): HandOff | null {
  if (!worker.reserve(tenantId)) return null
  return {
    fields: worker.handOff,
    leaseMs: null,
    hint: null,
    begin: job => worker.adopt(job, undefined),
    release: () => worker.release(),
  }
}
