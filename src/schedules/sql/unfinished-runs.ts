import type { Transaction } from '../../db/database.ts'

export interface UnfinishedRun {
  id: string
  jobId: string
}

/** How far back to look: more runs at once than that are no overlap but a policy. */
const lookBack = 50

const statement = (place: string) => `
select runs.id, runs.job_id "jobId" from (
  select run_id, fire_at from occurrences where schedule_id = ${place} and run_id is not null
  order by fire_at desc limit ${lookBack}) latest
join runs on runs.id = latest.run_id
where runs.finished_at is null order by latest.fire_at desc`
const sqlite = statement('?1')
const postgres = statement('$1')

/** Runs of a schedule's latest occurrences that are not final, the latest first. Uses the index `occurrences_with_run`. */
export function unfinishedRuns(tx: Transaction, scheduleId: string): Promise<UnfinishedRun[]> {
  return tx.query(tx.dialect === 'sqlite' ? sqlite : postgres, [scheduleId])
}
