/** In the order of a job's life. `waiting`: for other jobs, on which it depends. */
export const jobStates = [
  'waiting',
  'scheduled',
  'available',
  'running',
  'completed',
  'cancelled',
  'discarded',
] as const
export type JobState = (typeof jobStates)[number]

export const finalStates = ['completed', 'cancelled', 'discarded'] as const satisfies JobState[]
export const unfinishedStates = ['waiting', 'scheduled', 'available', 'running'] as const satisfies JobState[]

/** Several states as one number, as the column `unique_states` keeps them; the index `jobs_unique` knows the same bits. */
export const stateBits = (states: readonly JobState[]): number =>
  states.reduce((bits, state) => bits | (1 << jobStates.indexOf(state)), 0)
