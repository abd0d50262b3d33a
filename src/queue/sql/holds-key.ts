import { jobStates, stateBits } from '../job-state.ts'

const bits = jobStates.map(state => `when '${state}' then ${stateBits([state])}`).join(' ')

/** Where a job keeps its unique key from others: word for word what the index `jobs_unique` is made of. */
export const holdsKey = `unique_key is not null and (unique_states & case state ${bits} else 0 end) <> 0`
