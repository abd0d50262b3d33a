import type { AppContext } from '../context.ts'
import { AppError } from '../errors.ts'
import type { EventStreams } from '../http/sse.ts'
import type { RunEvent } from './event.ts'
import { RunFollowing } from './follow-run.ts'
import { lastSeq } from './read-events.ts'
import type { Run } from './run.ts'

type Needs = Pick<AppContext, 'database' | 'hub'> & { streams: EventStreams }

const frame = (event: RunEvent): string => `id: ${event.seq}\nevent: ${event.type}\ndata: ${event.data}\n\n`

/** A run's log as server-sent events, from after a cursor to the terminal event. */
export function streamRun(app: Needs, request: Request, run: Pick<Run, 'id' | 'status'>, after: number): Response {
  return app.streams.open(
    request,
    stream => {
      const follower = {
        push: (events: RunEvent[]) => stream.send(events.map(frame).join('')),
        end: () => stream.end(),
        // The client comes back with its cursor; what went wrong is in our log, not in its stream.
        fail: () => stream.end(),
      }
      const following = new RunFollowing(app, { run, after }, follower)
      following.start()
      return { pull: () => following.more(), tick: () => following.poll(), close: () => following.stop() }
    },
    { 'content-location': `/v1/runs/${run.id}`, location: `/v1/runs/${run.id}/stream` },
  )
}

/** @throws AppError invalid_cursor for a number the log has not reached */
export async function checkAfter(
  { database }: Pick<AppContext, 'database'>,
  runId: string,
  after: number,
): Promise<void> {
  if (after === 0) return
  const last = await lastSeq(database, runId)
  if (after > last) {
    throw new AppError(
      'invalid_cursor',
      `The log of run ${runId} has ${last} events so far; there is none after ${after}.`,
    )
  }
}
