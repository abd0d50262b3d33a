import type { LifecycleState } from '../runtime/lifecycle.ts'

/** A process as it says of itself; times in milliseconds since 1970. */
export interface ProcessRecord {
  id: string
  host: string
  pid: number
  version: string
  roles: string[]
  /** `gone`: it has said nothing for a minute. */
  state: LifecycleState | 'gone'
  startedAt: number
  seenAt: number
}

/** This process, which knows its state. */
export type OwnProcess = ProcessRecord & { state: LifecycleState }

/** After so long a silence a process counts as gone, and after so long it is forgotten. */
export const goneMs = 60_000
export const forgottenMs = 86_400_000
