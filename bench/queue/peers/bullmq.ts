// BullMQ as a process of its own: one worker, 50 jobs at a time, completed jobs removed.
import { Queue, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { serve } from '../remote.ts'
import { subjectCalls } from '../serve-subject.ts'
import { type Subject, type SubjectCalls, waitOf } from '../subject.ts'

const [url = ''] = process.argv.slice(2)
const name = 'bench'
const connect = () => new Redis(url, { maxRetriesPerRequest: null })
const queue = new Queue(name, { connection: connect(), defaultJobOptions: { removeOnComplete: true } })
await queue.waitUntilReady()

const subject: Subject = {
  enqueue: async (jobs, batch) => {
    for (let left = jobs; left > 0; left -= batch) {
      const size = Math.min(batch, left)
      await queue.addBulk(Array.from({ length: size }, () => ({ name: 'noop', data: {} })))
    }
  },
  tidy: async () => {},
  work: async began => {
    const handler = async ({ data }: { data: { sentAt?: number } }) => began(waitOf(data))
    const connection = connect()
    const worker = new Worker(name, handler, { connection, concurrency: 50 })
    worker.on('error', error => console.error(error))
    return async () => {
      await worker.close()
      connection.disconnect()
    }
  },
  unfinished: async () => {
    const counts = await queue.getJobCounts('waiting', 'active', 'delayed', 'prioritized')
    return Object.values(counts).reduce((sum, count) => sum + count, 0)
  },
  send: async sentAt => {
    await queue.add('noop', { sentAt })
  },
}

serve<SubjectCalls>(subjectCalls(subject))
