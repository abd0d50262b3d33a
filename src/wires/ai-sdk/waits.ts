import type { AppContext } from '../../context.ts'
import { isTerminal } from '../../runs/event.ts'
import { readTurns } from '../../runs/read-events.ts'
import { isFinal } from '../../runs/run.ts'
import type { Place } from './chat.ts'

export interface Waits {
  /** Number of the event by which the run began to wait; of the last of them. */
  last: number
  /** How many are over: the run has gone on, or is about to. */
  over: number
}

/** The waits that a run's log tells of, from a place on. */
export async function readWaits({ database }: Pick<AppContext, 'database'>, { run, after }: Place): Promise<Waits> {
  const waits: Waits = { last: after, over: 0 }
  let begun = 0
  for (const { seq, type } of await readTurns(database, run.id, after)) {
    if (type === 'run.waiting') {
      begun += 1
      waits.last = seq
    }
    // What was decided lets it go on once nothing is left to decide.
    const goesOn = type === 'run.started' || isTerminal(type) || (type === 'approval.resolved' && isAwake(run))
    if (goesOn) waits.over = begun
  }
  return waits
}

/** How many of them are over: all, of a run that has ended. */
export const countWaitsOver = async (app: Pick<AppContext, 'database'>, place: Place): Promise<number> =>
  isFinal(place.run.status) ? Number.POSITIVE_INFINITY : (await readWaits(app, place)).over

const isAwake = ({ status }: Place['run']): boolean => status !== 'waiting'
