import type { Transaction } from '../../db/database.ts'
import type { NewJob } from '../job.ts'

const sqlite = `update jobs set trace_parent = ?2 where id = ?1`

const postgres = `
with t as materialized (
  select * from rows from (json_array_elements_text($1::json), json_array_elements_text($2::json)) as t(id, parent))
update jobs set trace_parent = t.parent from t
where jobs.id = t.id and jobs.id = any(array(select id from t))`

/**
 * Writes down what jobs that this transaction has inserted were made by, so that whoever works on them goes on with that
 * trace. Apart from the insert, which has nothing to do for it then: only some services trace, and not every job.
 */
export async function noteTraces(tx: Transaction, jobs: NewJob[]): Promise<void> {
  const traced = jobs.flatMap(({ id, traceParent }) => (traceParent ? [{ id, traceParent }] : []))
  if (traced.length === 0) return
  if (tx.dialect === 'sqlite') {
    await tx.queryEach(
      sqlite,
      traced.map(({ id, traceParent }) => [id, traceParent]),
    )
    return
  }
  const ids = JSON.stringify(traced.map(({ id }) => id))
  const parents = JSON.stringify(traced.map(({ traceParent }) => traceParent))
  await tx.query(postgres, [ids, parents])
}
