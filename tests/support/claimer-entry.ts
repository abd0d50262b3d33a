// One of several processes that claim from one queue until it is empty; says the ids it was given.
import { claimJobs } from '../../src/queue/sql/claim-jobs.ts'
import { leaseMs } from './jobs.ts'
import { openUrl } from './migrated-database.ts'

const [queue = '', limit = '10'] = process.argv.slice(2)
const { database, close } = await openUrl(process.env.DATABASE_URL ?? '')
const ids: string[] = []
// Begins when everybody is there.
console.log('ready')
for await (const _ of console) break
for (;;) {
  const claim = { queue, worker: `wrk_${process.pid}`, limit: Number(limit), leaseMs, now: null }
  const jobs = await database.transaction(tx => claimJobs(tx, claim))
  if (jobs.length === 0) break
  ids.push(...jobs.map(job => job.id))
}
await close()
console.log(JSON.stringify(ids))
