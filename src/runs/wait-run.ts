import type { Actor, HttpContext } from '../context.ts'
import { AppError } from '../errors.ts'
import { deferred } from '../runtime/deferred.ts'
import { getRun } from './get-run.ts'
import { isFinal, type Run } from './run.ts'

type Needs = Pick<HttpContext, 'closing' | 'database' | 'hub'>

const pollMs = 1_000

/** Also where it waits for its caller: who waits for it here may be the one it waits for. */
const hasAnswer = (run: Run): boolean => isFinal(run.status) || (run.status === 'waiting' && run.toolCalls !== null)

/**
 * Resolves with the run once it is final or waits for results of its caller's tools, or as it is when `signal` aborts.
 * @throws AppError unavailable when the process stops before
 * @param known the run as the caller has just seen it: saves the first reading
 */
export async function waitRun(app: Needs, actor: Actor, id: string, signal: AbortSignal, known?: Run): Promise<Run> {
  let latest = known
  let news = deferred<void>()
  const stop = app.hub.watch(id, {
    stored: (_events, run) => {
      latest = run
      if (hasAnswer(run)) news.resolve()
    },
    hinted: () => {
      latest = undefined
      news.resolve()
    },
  })
  const onClosing = () => news.resolve()
  app.closing.addEventListener('abort', onClosing)
  try {
    for (;;) {
      const run = latest ?? (await getRun(app, actor, id))
      if (hasAnswer(run) || signal.aborted) return run
      if (app.closing.aborted) throw goesOnElsewhere(id)
      await soon(news.promise, signal)
      // Nothing heard: what another process has stored is in the database only.
      if (latest && !hasAnswer(latest)) latest = undefined
      news = deferred()
    }
  } finally {
    app.closing.removeEventListener('abort', onClosing)
    stop()
  }
}

const goesOnElsewhere = (id: string) =>
  new AppError('unavailable', `This process stops. The run goes on: wait for it at /v1/runs/${id}/wait.`, {
    retryAfterSeconds: 1,
  })

async function soon(news: Promise<void>, signal: AbortSignal): Promise<void> {
  const wait = AbortSignal.any([signal, AbortSignal.timeout(pollMs)])
  const over = deferred<void>()
  wait.addEventListener('abort', () => over.resolve(), { once: true })
  await Promise.race([news, over.promise])
}
