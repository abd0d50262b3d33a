import type { HttpContext } from '../../context.ts'
import { RunFollowing } from '../../runs/follow-run.ts'
import { readEvents } from '../../runs/read-events.ts'
import { isFinal, type Run } from '../../runs/run.ts'
import { ResponseFrames } from './response-frames.ts'
import type { ResponsePlace } from './response-id.ts'

const pageSize = 500

/** The response as its run's log has it now. */
export async function currentResponse({ database }: Pick<HttpContext, 'database'>, run: Run, place: ResponsePlace) {
  const frames = new ResponseFrames(run, place)
  for (let cursor = place.after; !frames.hasEnded; ) {
    const events = await readEvents(database, run.id, cursor, pageSize)
    for (const { type, data } of events) frames.add(type, data, Number.POSITIVE_INFINITY)
    cursor = events.at(-1)?.seq ?? cursor
    if (events.length < pageSize) break
  }
  return frames.response()
}

/** The stream of its making, from the start, or after an event that the reader has. */
export function streamedResponse(
  app: Pick<HttpContext, 'database' | 'hub' | 'streams'>,
  request: Request,
  { run, place, startingAfter }: { run: Run; place: ResponsePlace; startingAfter: number },
): Response {
  return app.streams.open(
    request,
    stream => {
      const frames = new ResponseFrames(run, place)
      // It goes out with the first page of a log that is whole, and at once where one may have to wait for that.
      let opening = frames.begin(startingAfter)
      const send = (told: string) => {
        const text = opening + told
        opening = ''
        return text === '' || stream.send(text)
      }
      if (!isFinal(run.status)) send('')
      const end = () => {
        following.stop()
        stream.end()
      }
      const following = new RunFollowing(
        app,
        { run, after: place.after },
        {
          push: events => {
            const hasRoom = send(events.map(({ type, data }) => frames.add(type, data, startingAfter)).join(''))
            if (frames.hasEnded) end()
            return hasRoom
          },
          end,
          fail: end,
        },
      )
      following.start()
      return { pull: () => following.more(), tick: () => following.poll(), close: () => following.stop() }
    },
    { 'x-bunkhouse-run-id': run.id },
  )
}
