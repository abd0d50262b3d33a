import { afterAll, beforeAll } from 'bun:test'
import { openShared, type SharedDatabase } from '../../src/cli/open-shared.ts'
import { readConfig } from '../../src/config.ts'
import type { blockedKeyToWire, queueToWire } from '../../src/jobs/queues/wire.ts'
import type { jobToWire, logLineToWire } from '../../src/jobs/wire.ts'
import type { NewJob } from '../../src/queue/job.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { type LiveStage, useJobStage } from '../jobs/job-stage.ts'
import type { Engine } from '../support/database.ts'
import { enqueue, newJob } from '../support/jobs.ts'
import { type Call, callOf, must, type PageView } from './stage.ts'

export type JobView = ReturnType<typeof jobToWire>
export type LogLineView = ReturnType<typeof logLineToWire>
export type QueueView = ReturnType<typeof queueToWire>
export type BlockedKeyView = ReturnType<typeof blockedKeyToWire>

/** A service with job files, seen over its API, and its database from behind. */
export interface JobApi {
  stage: LiveStage
  call: Call
  database: SharedDatabase['database']
  /** Inserts jobs of no kind that anybody has, on a queue that nobody works on. Returns their ids. */
  insert(queue: string, ...given: Partial<NewJob>[]): Promise<string[]>
  job(id: string): Promise<JobView>
  jobs(query: string): Promise<PageView<JobView>>
  queue(name: string): Promise<QueueView>
}

/** One for a whole `describe` block. */
export function useJobApi(engine: Engine): () => JobApi {
  const stage = useJobStage(engine)
  let opened: SharedDatabase | undefined
  beforeAll(async () => {
    opened = await openShared(readConfig({ DATABASE_URL: stage().database.url }))
  })
  afterAll(() => opened?.close())
  return () => {
    if (!opened) throw new Error('The database is there within tests only.')
    const call = callOf(stage().service)
    const { database } = opened
    return {
      stage: stage(),
      call,
      database,
      async insert(queue, ...given) {
        const jobs = given.map(job => newJob(queue, job))
        await enqueue(database, systemClock, ...jobs)
        return jobs.map(job => job.id)
      },
      job: async id => (await must(200, call<JobView>('GET', `/v1/jobs/${id}`))).body,
      jobs: async query => (await must(200, call<PageView<JobView>>('GET', `/v1/jobs?${query}`))).body,
      queue: async name => (await must(200, call<QueueView>('GET', `/v1/queues/${name}`))).body,
    }
  }
}
