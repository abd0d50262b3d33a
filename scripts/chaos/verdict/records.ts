import type { Store } from '../store.ts'

export interface RunRecord {
  id: string
  status: string
  /** The key that it was asked for with; of a scheduled one, null. */
  key: string | null
  fireAt: number | null
}

export interface EventRecord {
  seq: number
  type: string
  /** JSON text, as it is stored. */
  data: string
}

export interface RecordedRun {
  run: RunRecord
  /** In the order of `seq`. */
  events: EventRecord[]
}

const pageSize = 500

/** Every run there is, with its log, by id. */
export async function* readRuns(store: Store): AsyncGenerator<RecordedRun> {
  let last = ''
  for (;;) {
    const runs = await store.rows<{ id: string; status: string; metadata: string }>(
      `select id, status, ${store.text('metadata')} metadata from runs where id > '${last}' order by id limit ${pageSize}`,
    )
    const final = runs.at(-1)
    if (!final) return
    const events = await store.rows<EventRecord & { run_id: string }>(
      `select run_id, seq, type, ${store.text('data')} "data" from run_events
       where run_id > '${last}' and run_id <= '${final.id}' order by run_id, seq`,
    )
    const byRun = Map.groupBy(events, event => event.run_id)
    for (const { id, status, metadata } of runs) {
      const { key = null, fire_at } = JSON.parse(metadata)
      const fireAt = typeof fire_at === 'string' ? Date.parse(fire_at) : null
      yield { run: { id, status, key, fireAt }, events: byRun.get(id) ?? [] }
    }
    last = final.id
  }
}

export interface OccurrenceRecord {
  scheduleId: string
  fireAt: number
  origin: string
  outcome: string
  runId: string | null
  createdAt: number
}

export const readOccurrences = (store: Store): Promise<OccurrenceRecord[]> =>
  store.rows(
    `select schedule_id "scheduleId", ${store.ms('fire_at')} "fireAt", origin, outcome, run_id "runId",
       ${store.ms('created_at')} "createdAt" from occurrences order by 1, 2`,
  )

/** What should have come to its end and has not, in words. */
export async function readLeftovers(store: Store): Promise<string[]> {
  const jobs = await store.rows<{ id: string; kind: string; state: string }>(
    'select id, kind, state from jobs where finished_at is null or lease_expires_at is not null or worker is not null and finished_at is null',
  )
  const runs = await store.rows<{ id: string; status: string }>('select id, status from runs where finished_at is null')
  return [
    ...jobs.map(({ id, kind, state }) => `job ${id} (${kind}) is still ${state}`),
    ...runs.map(({ id, status }) => `run ${id} is still ${status}`),
  ]
}
