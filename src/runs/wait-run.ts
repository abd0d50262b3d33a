import type { Actor, AppContext } from '../context.ts'
import { deferred } from '../runtime/deferred.ts'
import { getRun } from './get-run.ts'
import { isFinal, type Run } from './run.ts'

type Needs = Pick<AppContext, 'database' | 'hub'>

const pollMs = 1_000

/**
 * Resolves with the run once it is final, or as it is when `signal` aborts.
 * @param known the run as the caller has just seen it: saves the first reading
 */
export async function waitRun(app: Needs, actor: Actor, id: string, signal: AbortSignal, known?: Run): Promise<Run> {
  let latest = known
  let news = deferred<void>()
  const stop = app.hub.watch(id, {
    stored: (_events, run) => {
      latest = run
      if (isFinal(run.status)) news.resolve()
    },
    hinted: () => {
      latest = undefined
      news.resolve()
    },
  })
  try {
    for (;;) {
      const run = latest ?? (await getRun(app, actor, id))
      if (isFinal(run.status) || signal.aborted) return run
      await soon(news.promise, signal)
      // Nothing heard: what another process has stored is in the database only.
      if (latest && !isFinal(latest.status)) latest = undefined
      news = deferred()
    }
  } finally {
    stop()
  }
}

async function soon(news: Promise<void>, signal: AbortSignal): Promise<void> {
  const wait = AbortSignal.any([signal, AbortSignal.timeout(pollMs)])
  const over = deferred<void>()
  wait.addEventListener('abort', () => over.resolve(), { once: true })
  await Promise.race([news, over.promise])
}
