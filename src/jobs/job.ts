import type { InferSelectModel } from 'drizzle-orm'
import type { Connection } from '../db/database.ts'
import type { Tables } from '../db/tables.ts'
import type { Json } from '../json.ts'
import type { JobState } from '../queue/job-state.ts'
import { claimedAmong } from '../queue/sql/read-claims.ts'
import { readDependencies } from './sql/read-dependencies.ts'

export interface JobError {
  attempt: number
  /** Milliseconds since 1970. */
  at: number
  message: string
}

/** Somebody had it tried again. */
export interface JobRedrive {
  /** Milliseconds since 1970. */
  at: number
  /** How it had ended, and after how many attempts. */
  state: JobState
  attempt: number
  /** Id of the key. */
  by: string | null
}

type Row = InferSelectModel<Tables['jobs']>

/** A job as its tenant sees it. Times are milliseconds since 1970. */
export interface Job extends Row {
  state: JobState
  payload: Json
  result: Json
  progress: Json
  errors: JobError[]
  redrives: JobRedrive[]
  /** Ids of the jobs it was to wait for, as far as they are kept. */
  dependsOn: string[]
}

/** Rows of the table with what is kept of them in others. */
export async function toJobs(connection: Connection, rows: Row[]): Promise<Job[]> {
  const dependencies = await readDependencies(
    connection,
    rows.map(row => row.id),
  )
  const available = rows.filter(row => row.state === 'available').map(row => row.id)
  const claimed = await claimedAmong(connection, available)
  // What JSON columns hold, and which words stand in `state`, the queue alone has written.
  return rows.map(row => ({
    ...row,
    ...asClaimed(row, claimed.get(row.id)),
    state: (claimed.has(row.id) ? 'running' : row.state) as JobState,
    payload: row.payload as Json,
    result: row.result as Json,
    progress: row.progress as Json,
    errors: row.errors as JobError[],
    redrives: row.redrives as JobRedrive[],
    dependsOn: dependencies.get(row.id) ?? [],
  }))
}

/** One that is in a claim is in its next attempt. */
const asClaimed = (row: Row, at: number | undefined): Partial<Row> =>
  at === undefined ? {} : { attempt: row.attempt + 1, startedAt: row.startedAt ?? at }
