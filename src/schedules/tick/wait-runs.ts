import { inArray } from 'drizzle-orm'
import type { HttpContext } from '../../context.ts'
import { isFinal, type RunStatus } from '../../runs/run.ts'
import { deferred } from '../../runtime/deferred.ts'
import { soon } from './soon.ts'

type Needs = Pick<HttpContext, 'database' | 'hub'>

const pollMs = 1_000

/** One that waits for a decision needs nobody to be awake. A run that is not there needs nothing. */
const isOver = (status: RunStatus | undefined): boolean =>
  status === undefined || status === 'waiting' || isFinal(status)

/** Resolves with how the runs stand once nothing works on any of them, or when `signal` aborts. */
export async function waitRuns(app: Needs, ids: string[], signal: AbortSignal): Promise<RunStatus[]> {
  let news = deferred<void>()
  const open = new Set(ids)
  const over: RunStatus[] = []
  const watcher = (id: string) =>
    app.hub.watch(id, {
      stored: (_events, run) => {
        if (isFinal(run.status)) news.resolve()
      },
      hinted: () => news.resolve(),
    })
  const stops = ids.map(watcher)
  try {
    for (;;) {
      const statuses = await readStatuses(app, [...open])
      for (const id of [...open]) {
        const status = statuses.get(id)
        if (!isOver(status)) continue
        open.delete(id)
        if (status !== undefined) over.push(status)
      }
      if (open.size === 0 || signal.aborted) return [...over, ...[...open].map(id => statuses.get(id) ?? 'queued')]
      await soon(signal, pollMs, news.promise)
      news = deferred()
    }
  } finally {
    for (const stop of stops) stop()
  }
}

async function readStatuses({ database }: Needs, ids: string[]): Promise<Map<string, RunStatus>> {
  if (ids.length === 0) return new Map()
  const { runs } = database.tables
  const rows = await database.orm.select({ id: runs.id, status: runs.status }).from(runs).where(inArray(runs.id, ids))
  return new Map(rows.map(row => [row.id, row.status as RunStatus])) // written by the runs' own verbs only
}
