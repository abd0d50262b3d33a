// graphile-worker as a process of its own: `plain`, or with its `local` queue of 500 and completions in batches.
import { Logger, makeWorkerUtils, type RunnerOptions, run } from 'graphile-worker'
import { postgresAdmin } from '../postgres-admin.ts'
import { serve } from '../remote.ts'
import { subjectCalls } from '../serve-subject.ts'
import { type Subject, type SubjectCalls, waitOf } from '../subject.ts'

const [url = '', variant = 'plain'] = process.argv.slice(2)

// The settings of its own performance test; for `plain`, without what its documentation offers as batching.
const local = { localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 }
const shared = {
  connectionString: url,
  preset: { worker: { concurrentJobs: 24, maxPoolSize: 25, ...(variant === 'local' && local) } },
  logger: new Logger(() => () => {}),
} satisfies RunnerOptions

const admin = postgresAdmin(url)
const utils = await makeWorkerUtils(shared)
await utils.migrate()

const subject: Subject = {
  enqueue: async (jobs, batch) => {
    for (let left = jobs; left > 0; left -= batch) {
      const size = Math.min(batch, left)
      await utils.addJobs(Array.from({ length: size }, () => ({ identifier: 'noop', payload: {} })))
    }
  },
  tidy: admin.tidy,
  work: async began => {
    const noop = async (payload: unknown) => began(waitOf(payload as { sentAt?: number })) // what was sent below
    const runner = await run({ ...shared, noHandleSignals: true, taskList: { noop } })
    return () => runner.stop()
  },
  unfinished: () => admin.number('select count(*) from graphile_worker._private_jobs'),
  send: async sentAt => {
    await utils.addJob('noop', { sentAt })
  },
}

serve<SubjectCalls>(subjectCalls(subject))
