import { type JobState, jobStates, stateBits } from '../job-state.ts'

const bits = jobStates.map(state => `when '${state}' then ${stateBits([state])}`).join(' ')

/**
 * What becomes of a job's unique key when its state changes: one whose key was free in the state that it leaves does not
 * take it up again. Somebody else may have it by now, and a change of state must never fail.
 */
export const keptKey = (leaving?: JobState): string => {
  const bit = leaving ? stateBits([leaving]) : `(case state ${bits} else 0 end)`
  return `case when unique_states & ${bit} = 0 then null else unique_key end`
}
