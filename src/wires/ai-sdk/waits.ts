import type { AppContext } from '../../context.ts'
import { isTerminal } from '../../runs/event.ts'
import { readEvents } from '../../runs/read-events.ts'
import type { Place } from './chat.ts'

const pageSize = 500

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
  for (let cursor = after; ; ) {
    const events = await readEvents(database, run.id, cursor, pageSize)
    for (const { seq, type } of events) {
      if (type === 'run.waiting') {
        begun += 1
        waits.last = seq
      }
      // What was decided lets it go on once nothing is left to decide.
      const goesOn = type === 'run.started' || isTerminal(type) || (type === 'approval.resolved' && isAwake(run))
      if (goesOn) waits.over = begun
    }
    cursor = events.at(-1)?.seq ?? cursor
    if (events.length < pageSize) return waits
  }
}

const isAwake = ({ status }: Place['run']): boolean => status !== 'waiting'
