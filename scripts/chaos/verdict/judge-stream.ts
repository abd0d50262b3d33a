import { type Followed, isTerminal } from '../work/follow.ts'
import type { EventRecord } from './records.ts'

/** A reader that came back after every break has the log: every event, once, in order, byte for byte. */
export function judgeStream({ frames }: Pick<Followed, 'frames'>, events: readonly EventRecord[]): string[] {
  const at = events.findIndex(
    ({ seq, type, data }, index) =>
      frames[index]?.seq !== seq || frames[index]?.type !== type || frames[index]?.data !== data,
  )
  if (at < 0 && frames.length === events.length) return []
  const place = at < 0 ? events.length : at
  const end = isTerminal(frames.at(-1)?.type) ? '' : ', and did not see the end'
  return [`its reader got ${JSON.stringify(frames[place])} where the log has ${JSON.stringify(events[place])}${end}`]
}
