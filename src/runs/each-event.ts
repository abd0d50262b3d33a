import type { AppContext } from '../context.ts'
import { deferred } from '../runtime/deferred.ts'
import { Loop } from '../runtime/loop.ts'
import type { RunEvent } from './event.ts'
import { type FollowedFrom, RunFollowing } from './follow-run.ts'

const mostHeld = 1_000
const pollMs = 1_000

/**
 * A run's log from a cursor to its end, one event after the other; ends early when `signal` aborts. What its reader has no
 * time for waits in the log.
 */
export async function* eachEvent(
  app: Pick<AppContext, 'database' | 'hub'>,
  from: FollowedFrom,
  signal: AbortSignal,
): AsyncGenerator<RunEvent, void> {
  const held: RunEvent[] = []
  let news = deferred<void>()
  let hasEnded = false
  let failure: { error: unknown } | undefined
  const tell = () => news.resolve()
  const following = new RunFollowing(app, from, {
    push: events => {
      held.push(...events)
      tell()
      return held.length < mostHeld
    },
    end: () => {
      hasEnded = true
      tell()
    },
    fail: error => {
      failure = { error }
      tell()
    },
  })
  // A hint of another process may have been lost.
  const polls = new Loop({
    name: 'reading a run',
    body: () => {
      following.poll()
      return pollMs
    },
    onError: tell,
  })
  signal.addEventListener('abort', tell)
  following.start()
  polls.start()
  try {
    for (;;) {
      if (signal.aborted) return
      const event = held.shift()
      if (event) {
        yield event
        continue
      }
      if (failure) throw failure.error
      if (hasEnded) return
      following.more()
      await news.promise
      news = deferred()
    }
  } finally {
    following.stop()
    await polls.stop()
    signal.removeEventListener('abort', tell)
  }
}
