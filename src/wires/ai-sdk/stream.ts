import type { HttpContext } from '../../context.ts'
import { RunFollowing } from '../../runs/follow-run.ts'
import { readEvents } from '../../runs/read-events.ts'
import { isFinal } from '../../runs/run.ts'
import { type Place, placeId } from './chat.ts'
import { UiFrames } from './ui-frames.ts'

type Needs = Pick<HttpContext, 'database' | 'hub' | 'streams'>

const frame = (chunk: string): string => `data: ${chunk}\n\n`
const pageSize = 500

interface Reading extends Place {
  messageId: string
  /** How many chunks its reader has already; below 0: all but so many of those that there are. */
  startIndex: number
  /** So many waits from its place on are over: the message goes on after them. */
  waitsOver: number
}

/** A run's log as a UI message stream. A reader that is slow is not buffered for: the rest waits in the log. */
export async function streamMessage(app: Needs, request: Request, reading: Reading): Promise<Response> {
  const { run, after, messageId, startIndex, waitsOver } = reading
  const headers: Record<string, string> = {
    'x-vercel-ai-ui-message-stream': 'v1',
    'x-workflow-run-id': placeId(reading),
    'x-bunkhouse-run-id': run.id,
  }
  let skipped = startIndex
  if (startIndex < 0) {
    const known = await countChunks(app, reading)
    skipped = Math.max(0, known + startIndex)
    headers['x-workflow-stream-tail-index'] = String(known - 1)
  }
  return app.streams.open(
    request,
    stream => {
      const frames = new UiFrames(messageId, waitsOver)
      // They go out with the first page of a log that is whole, and at once where one may have to wait for that.
      let opening = frames.begin().map(chunk => JSON.stringify(chunk))
      const send = (more: string[]) => {
        const chunks = opening.length > 0 ? [...opening, ...more] : more
        opening = []
        const told = chunks.slice(Math.min(skipped, chunks.length))
        skipped = Math.max(0, skipped - chunks.length)
        const end = frames.hasEnded ? 'data: [DONE]\n\n' : ''
        const text = told.map(frame).join('') + end
        return text === '' || stream.send(text)
      }
      const end = () => {
        following.stop()
        stream.end()
      }
      const following = new RunFollowing(
        app,
        { run, after },
        {
          push: events => {
            const hasRoom = send(events.flatMap(({ type, data }) => chunksOf(frames, type, data)))
            // It may wait for its reader now, who has what it waits for.
            if (frames.hasEnded) end()
            return hasRoom
          },
          end,
          fail: end,
        },
      )
      if (!isFinal(run.status)) send([])
      following.start()
      return { pull: () => following.more(), tick: () => following.poll(), close: () => following.stop() }
    },
    headers,
  )
}

/** What an event of the log tells, as JSON. */
function chunksOf(frames: UiFrames, type: string, data: string): string[] {
  const more = frames.goOn(type, data)
  return more === null ? frames.add(type, data).map(chunk => JSON.stringify(chunk)) : [more]
}

/** Of what is stored by now. */
async function countChunks(
  { database }: Pick<Needs, 'database'>,
  { run, after, messageId, waitsOver }: Reading,
): Promise<number> {
  const frames = new UiFrames(messageId, waitsOver)
  let count = frames.begin().length
  for (let cursor = after; ; ) {
    const events = await readEvents(database, run.id, cursor, pageSize)
    for (const { type, data } of events) count += chunksOf(frames, type, data).length
    cursor = events.at(-1)?.seq ?? cursor
    if (events.length < pageSize) return count
  }
}
