// Another process that puts one job on a queue and tells everybody.
import { openNotifier } from '../../src/db/open-notifier.ts'
import { insertJobs } from '../../src/queue/sql/insert-jobs.ts'
import { FactLog } from './fact-log.ts'
import { leaseMs, newJob } from './jobs.ts'
import { openUrl } from './migrated-database.ts'

const [queue = ''] = process.argv.slice(2)
const { database, close } = await openUrl(process.env.DATABASE_URL ?? '')
const notifier = await openNotifier(database, null, new FactLog().emit)
await notifier.start()
await database.transaction(tx => insertJobs(tx, [newJob(queue)], { now: null, leaseMs }))
notifier.publish('queue', queue)
await notifier.stop(AbortSignal.abort())
await close()
