import type { Connection } from '../../../db/database.ts'

// Each step looks up one name in an index that begins with it: the jobs in between are not read.
const names = (state: string, after: string, limit: string) => `
select name from (
  with recursive names(name) as (
    select min(queue) from jobs where state = '${state}' and queue > ${after}
    union all
    select (select min(queue) from jobs where state = '${state}' and queue > n.name) from names n where n.name is not null)
  select name from names limit ${limit}) ${state} where name is not null`

const statement = (after: string, limit: string) => `
select distinct name from (
  ${names('waiting', after, limit)}
  union all ${names('scheduled', after, limit)}
  union all ${names('available', after, limit)}
  union all ${names('discarded', after, limit)}
  union all select queue from jobs where state = 'running' and queue > ${after}
  union all select name from queues where name > ${after}) known
order by name limit ${limit}`
const sqlite = statement('?1', '?2')
const postgres = statement('$1', '$2')

/** Names of queues with settings, or with jobs that are unfinished or discarded, of whichever tenant; in order. */
export async function queueNames(
  { dialect, query }: Pick<Connection, 'dialect' | 'query'>,
  after: string,
  limit: number,
): Promise<string[]> {
  const rows = await query<{ name: string }>(dialect === 'sqlite' ? sqlite : postgres, [after, limit])
  return rows.map(row => row.name)
}
