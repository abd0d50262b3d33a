import type { AppContext } from '../../context.ts'
import { isTerminal, type RunEvent } from '../../runs/event.ts'
import { readEvents } from '../../runs/read-events.ts'
import { deferred } from '../../runtime/deferred.ts'
import { Loop } from '../../runtime/loop.ts'

const pageSize = 200

export interface Following {
  /** Resolves when the terminal event was handed on. */
  ended: Promise<void>
  stop(): Promise<void>
}

/**
 * Hands on a run's events from its log, in order, whichever process writes them. Each page is awaited before the next
 * is read; a database that is away is waited for.
 * @param pollMs how long to wait for news before looking again
 */
export function followRun(
  { database, hub, emit }: Pick<AppContext, 'database' | 'hub' | 'emit'>,
  runId: string,
  pollMs: number,
  show: (event: RunEvent) => Promise<void>,
): Following {
  const ended = deferred<void>()
  let cursor = 0
  const loop = new Loop({
    name: 'follow',
    onError: error => emit('loop.failed', { loop: 'follow', error }),
    body: async () => {
      const events = await readEvents(database, runId, cursor, pageSize)
      for (const event of events) {
        await show(event)
        cursor = event.seq
        if (isTerminal(event.type)) ended.resolve()
      }
      return events.length === pageSize ? 0 : pollMs
    },
  })
  const stopWatching = hub.watch(runId, { stored: () => loop.wake(), hinted: () => loop.wake() })
  loop.start()
  return {
    ended: ended.promise,
    stop: () => {
      stopWatching()
      return loop.stop()
    },
  }
}
