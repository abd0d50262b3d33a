import { createModels } from '../../src/agents/models/registry.ts'
import { AgentCatalog } from '../../src/catalog/catalog.ts'
import type { Actor } from '../../src/context.ts'
import type { Database } from '../../src/db/database.ts'
import { LocalNotifier } from '../../src/db/notifier.ts'
import { RunHub } from '../../src/runs/hub.ts'
import type { Run } from '../../src/runs/run.ts'
import type { Clock } from '../../src/runtime/clock.ts'
import { createSchedule, type ScheduleContext } from '../../src/schedules/create-schedule.ts'
import { type FireContext, fireDue } from '../../src/schedules/fire-due.ts'
import { listOccurrences, type PastOccurrence } from '../../src/schedules/list-occurrences.ts'
import { readSchedule } from '../../src/schedules/read-schedule.ts'
import type { Schedule } from '../../src/schedules/schedule.ts'
import { type ScheduleFields, toSpec } from '../../src/schedules/spec.ts'
import { FactLog } from '../support/fact-log.ts'
import { noOutbox } from '../support/no-outbox.ts'
import { noTools } from '../support/no-tools.ts'

/** What the scheduler of one process is made of, without a worker: runs that it starts wait for one. */
export interface Stage {
  app: FireContext & ScheduleContext
  actor: Actor
  facts: FactLog
  /** Makes a schedule: of `echo`, each ten minutes, where nothing else is said. */
  schedule(fields?: ScheduleFields): Promise<Schedule>
  /** Fires whatever is due, as a turn of the scheduler does. */
  turn(): Promise<void>
  read(schedule: Schedule): Promise<Schedule>
  /** All of them, in the order of time. */
  occurrences(schedule: Schedule): Promise<PastOccurrence[]>
  runs(schedule: Schedule): Promise<Run[]>
}

/** @param tenantId schedules of tests that share a database are told apart by it */
export function makeStage(database: Database, clock: Clock, tenantId: string): Stage {
  const facts = new FactLog()
  const notifier = new LocalNotifier()
  const catalog = new AgentCatalog({ database, models: createModels([]), tools: noTools, now: clock.now })
  const app = {
    catalog,
    clock,
    database,
    emit: facts.emit,
    hub: new RunHub(notifier),
    notifier,
    outbox: noOutbox,
    tracer: null,
    worker: null,
    wakeScheduler: () => {},
  }
  const actor = { tenantId, keyId: null }
  const occurrences = async ({ id }: Schedule) => (await listOccurrences(app, actor, id, { limit: 500 })).reverse()
  return {
    app,
    actor,
    facts,
    schedule: fields =>
      createSchedule(app, actor, toSpec({ ...everyTenMinutes(fields), ...fields }), { enabled: true }),
    async turn() {
      while ((await fireDue(app)).more);
    },
    read: ({ id }) => readSchedule(app, actor, id),
    occurrences,
    runs: async schedule => (await occurrences(schedule)).flatMap(({ run }) => run ?? []),
  }
}

const everyTenMinutes = (fields: ScheduleFields = {}): ScheduleFields => ({
  agent: 'echo',
  input: 'hello',
  ...(fields.at === undefined && { cron: '*/10 * * * *' }),
})

/** Times as `12:10`, or with seconds where there are any. */
export const times = (occurrences: { fireAt: number }[]): string[] =>
  occurrences.map(({ fireAt }) => new Date(fireAt).toISOString().slice(11, 19).replace(/:00$/, ''))
