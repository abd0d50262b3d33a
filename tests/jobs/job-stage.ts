import { afterAll, beforeAll, setDefaultTimeout } from 'bun:test'
import { openShared, type SharedDatabase } from '../../src/cli/open-shared.ts'
import { readConfig } from '../../src/config.ts'
import { changeQueue } from '../../src/queue/queue-settings.ts'
import { queueTime } from '../../src/queue/time.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { callOf, must } from '../api/stage.ts'
import { until } from '../lifecycle/world.ts'
import { createDatabase, type Engine, type TestDatabase } from '../support/database.ts'
import { type JobRow, readJob } from '../support/jobs.ts'
import { type Service, type ServiceOptions, startService } from '../support/service.ts'
import { temporaryFiles } from '../support/temporary-files.ts'
import { type HandlerServer, jobFile, startHandlerServer } from './handler-server.ts'

export interface CreatedView {
  job: { id: string; state: string }
  created: boolean
  ref?: string
}

/** Processes of the service with the job file `work.ts`, and its handlers' other half in the test's process. */
export interface JobStage extends AsyncDisposable {
  handlers: HandlerServer
  database: TestDatabase
  /** What every process is given. */
  env: NonNullable<ServiceOptions['env']>
  start(more?: JobStage['env']): Promise<Service>
}

/** What a test with one running process uses. */
export interface LiveStage extends JobStage {
  service: Service
  /** Makes one job of kind `work` whose payload has this name, which has a script of its own. */
  work(name: string, body?: object): Promise<CreatedView>
  /** Makes many; `kind` is `work` where it is not said. */
  many(jobs: object[]): Promise<CreatedView[]>
  row(id: string): Promise<JobRow>
  /** The row once the job is in this state. */
  reached(id: string, state: JobRow['state']): Promise<JobRow>
  /** Null: none. */
  setDepthLimit(queue: string, depthLimit: number | null): Promise<unknown>
  /** Lines of the job's log, as `attempt/line message`, once there are so many. */
  lines(id: string, count: number): Promise<string[]>
}

export async function makeJobStage(engine: Engine, more: JobStage['env'] = {}): Promise<JobStage> {
  const database = await createDatabase(engine)
  const handlers = startHandlerServer()
  const quick = '{ retry: { baseSeconds: 0.01, capSeconds: 0.01 } }'
  const files = temporaryFiles({
    'work.ts': jobFile(handlers.url, [
      { name: 'work', more: quick },
      { name: 'deaf', deaf: true, more: quick },
      { name: 'lane', more: `{ queue: 'lane', maxAttempts: 1, timeoutSeconds: 60, keepCompleted: false }` },
    ]),
    'broken.ts': 'export default {',
  })
  const started: Service[] = []
  const env = {
    DATABASE_URL: database.url,
    JOBS_DIR: files.path,
    LEASE_SECONDS: engine === 'sqlite' ? '3600' : '5',
    ...more,
  }
  return {
    handlers,
    database,
    env,
    async start(more = {}) {
      const service = await startService({ env: { ...env, ...more } })
      started.push(service)
      return service
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(started.map(service => service[Symbol.asyncDispose]()))
      await handlers.stop()
      files[Symbol.dispose]()
      await database[Symbol.asyncDispose]()
    },
  }
}

export async function goLive(stage: JobStage): Promise<LiveStage> {
  const service = await stage.start()
  const call = callOf(service)
  const url = stage.database.url
  const { database, close }: SharedDatabase = await openShared(readConfig({ DATABASE_URL: url }))
  const row = (id: string) => readJob(database, id)
  return {
    ...stage,
    service,
    work: async (name, body = {}) =>
      (await must(201, call<CreatedView>('POST', '/v1/jobs', { kind: 'work', payload: { name }, ...body }))).body,
    many: async jobs => {
      const body = { jobs: jobs.map(job => ({ kind: 'work', ...job })) }
      return (await must(201, call<{ data: CreatedView[] }>('POST', '/v1/jobs', body))).body.data
    },
    row,
    async reached(id, state) {
      await until(`job ${id} is ${state}`, async () => (await row(id)).state === state)
      return row(id)
    },
    setDepthLimit: (queue, depthLimit) =>
      database.transaction(tx => changeQueue(tx, queue, { depthLimit }, queueTime(tx, systemClock))),
    async lines(id, count) {
      const { jobLogs } = database.tables
      const read = async () => (await database.orm.select().from(jobLogs)).filter(({ jobId }) => jobId === id)
      await until(`job ${id} has ${count} lines`, async () => (await read()).length >= count)
      return (await read()).map(({ attempt, line, message }) => `${attempt}/${line} ${message}`).sort()
    },
    async [Symbol.asyncDispose]() {
      await close()
      await stage[Symbol.asyncDispose]()
    },
  }
}

/** A stage with one process that a whole `describe` block shares. */
export function useJobStage(engine: Engine): () => LiveStage {
  setDefaultTimeout(60_000)
  let stage: LiveStage | undefined
  beforeAll(async () => {
    stage = await goLive(await makeJobStage(engine))
  })
  afterAll(() => stage?.[Symbol.asyncDispose]())
  return () => {
    if (!stage) throw new Error('The stage is there within tests only.')
    return stage
  }
}
