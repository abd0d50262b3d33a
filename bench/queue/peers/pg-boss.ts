// pg-boss as a process of its own, at its quickest: batches of 500 one after the other while they come full, and woken
// by NOTIFY. Its completed jobs are kept, as it does by default.
import { PgBoss } from 'pg-boss'
import { postgresAdmin } from '../postgres-admin.ts'
import { serve } from '../remote.ts'
import { subjectCalls } from '../serve-subject.ts'
import { type Subject, type SubjectCalls, waitOf } from '../subject.ts'

const [url = ''] = process.argv.slice(2)
const name = 'bench'
const admin = postgresAdmin(url)
const boss = new PgBoss({ connectionString: url, useListenNotify: true })
boss.on('error', error => console.error(error))
await boss.start()
await boss.createQueue(name, { notify: true })

const unfinished = `select count(*) from pgboss.job where name = '${name}' and state in ('created', 'retry', 'active')`

const subject: Subject = {
  enqueue: async (jobs, batch) => {
    for (let left = jobs; left > 0; left -= batch) {
      await boss.insert(
        name,
        Array.from({ length: Math.min(batch, left) }, () => ({ data: {} })),
      )
    }
  },
  tidy: admin.tidy,
  work: async began => {
    const options = { batchSize: 500, burstWhenBatchFull: true, pollingIntervalSeconds: 0.5 }
    const id = await boss.work<{ sentAt?: number }>(name, options, async jobs => {
      for (const { data } of jobs) began(waitOf(data))
    })
    return () => boss.offWork(name, { id, wait: true })
  },
  unfinished: () => admin.number(unfinished),
  send: async sentAt => {
    await boss.send(name, { sentAt })
  },
}

serve<SubjectCalls>(subjectCalls(subject))
