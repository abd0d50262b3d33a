import type { HttpContext } from '../../context.ts'
import type { SystemContext } from '../read-system.ts'
import { type LogFilter, passes } from './log-filter.ts'

type Needs = Pick<HttpContext, 'streams'> & Pick<SystemContext, 'recentLines'>

/**
 * The log of this process as it is written, a few times a second, from after a line. A reader that is slow is not buffered
 * for: of what was written meanwhile it misses what is no longer kept, and is told how many lines that are.
 */
export function streamLogs({ streams, recentLines }: Needs, request: Request, filter: LogFilter, after: number) {
  return streams.open(request, stream => {
    // A number that was not reached yet is one of an earlier process.
    let cursor = after > recentLines.last ? 0 : after
    let isFull = false
    const tell = () => {
      if (isFull) return
      const missed = recentLines.first - 1 - cursor
      let text = cursor > 0 && missed > 0 ? `event: missed\ndata: ${JSON.stringify({ lines: missed })}\n\n` : ''
      for (const line of recentLines.after(cursor)) {
        cursor = line.n
        if (passes(filter, line.text)) text += `id: ${line.n}\nevent: line\ndata: ${line.text}\n\n`
      }
      if (text !== '') isFull = !stream.send(text)
    }
    tell()
    const pull = () => {
      isFull = false
      tell()
    }
    return { pull, tick: tell, close: () => {} }
  })
}
