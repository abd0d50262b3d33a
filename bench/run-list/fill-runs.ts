import type { Database } from '../../src/db/database.ts'

/** Every run is of this moment and later, a second after the other. */
export const firstRunAt = Date.UTC(2026, 0, 1)
export const runEveryMs = 1_000

/**
 * Runs as a service has them that has been in use, by one statement. Of each hundred 95 have completed and four failed; one
 * was cancelled; every tenth is of the agent `daily`, the others of `clerk`. One of each thousand failed with `timeout`.
 */
export async function fillRuns(database: Database, count: number): Promise<void> {
  const { dialect } = database
  const hex = (value: string, digits: number) =>
    dialect === 'sqlite' ? `printf('%0${digits}x', ${value})` : `lpad(to_hex(${value}), ${digits}, '0')`
  const at = (offset: number) => {
    const ms = `(${firstRunAt + offset} + n * ${runEveryMs})`
    return dialect === 'sqlite' ? ms : `to_timestamp(${ms} / 1000.0)`
  }
  const status = `case when n % 100 < 95 then 'completed' when n % 100 < 99 then 'failed' else 'cancelled' end`
  const error = `case when n % 100 between 95 and 98 then case when n % 1000 = 95 then '{"code":"timeout","message":"It took too long."}'
    else '{"code":"provider_error","message":"The provider has answered 500."}' end end`
  const output = `case when n % 100 < 95 then '"The parcel of order ' || n || ' is on its way, and will be there by noon."' end`
  const input = `'"Where is the parcel of order ' || n || '? It was promised for yesterday, and nobody answers the phone."'`
  const metadata = `'{"order":' || n || ',"shop":"north"}'`
  const json = (text: string) => (dialect === 'sqlite' ? text : `(${text})::json`)
  const threadId = `case when n % 5 = 0 then 'thr_' || ${hex('n / 50', 32)} end`
  const time = `(${firstRunAt} + n * ${runEveryMs})`
  const columns = `id, tenant_id, agent, agent_version, thread_id, job_id, status, input, output, error, input_tokens,
    output_tokens, attempt, max_attempts, metadata, waited_ms, created_at, started_at, finished_at`
  const values = `select 'run_' || ${hex(dialect === 'sqlite' ? time : `${time}::bigint`, 12)} || '7000' || ${hex('n', 16)}, 'default',
    case when n % 10 = 0 then 'daily' else 'clerk' end, 1, ${threadId}, 'job_' || n, ${status}, ${json(input)}, ${json(output)},
    ${json(error)}, 120, 40, 1, 5, ${json(metadata)}, 0, ${at(0)}, ${at(5)}, ${at(900)}`
  await database.transaction(tx =>
    dialect === 'sqlite'
      ? tx.query(
          `with recursive s(n) as (select 1 union all select n + 1 from s where n < ${count})
           insert into runs (${columns}) ${values} from s`,
          [],
        )
      : tx.query(`insert into runs (${columns}) ${values} from generate_series(1, ${count}) n`, []),
  )
}
