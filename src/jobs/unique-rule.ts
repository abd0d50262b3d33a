import type { UniqueRule } from '../queue/job.ts'
import { type JobState, unfinishedStates } from '../queue/job-state.ts'
import type { JobBody } from './create-body.ts'

/** What a request says of jobs of the same key, as the queue has it. `toKey` puts the tenant and the kind into a key. */
export function uniqueRule({ unique, debounce, throttle }: JobBody, toKey: (key: string) => string): UniqueRule | null {
  if (unique) {
    const forMs = unique.for_seconds === undefined ? null : unique.for_seconds * 1000
    const also = unique.states ?? (forMs === null ? ['running'] : ['running', 'completed'])
    return { key: toKey(unique.key), states: [...new Set([...notBegun, ...also])], forMs, onConflict: { kind: 'keep' } }
  }
  if (debounce) {
    const maxDelayMs = debounce.max_seconds === undefined ? null : debounce.max_seconds * 1000
    return { key: toKey(debounce.key), states: notBegun, forMs: null, onConflict: { kind: 'replace', maxDelayMs } }
  }
  if (throttle) {
    return { key: toKey(throttle.key), states: thatCount, forMs: throttle.seconds * 1000, onConflict: { kind: 'keep' } }
  }
  return null
}

/** A job has its key at least in these: a new one would be in one of them, and has to meet it there. */
const notBegun: readonly JobState[] = ['waiting', 'scheduled', 'available']
/** Of a throttle: one that was cancelled has not been done. */
const thatCount: readonly JobState[] = [...unfinishedStates, 'completed', 'discarded']
