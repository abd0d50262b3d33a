import type { Database } from '../../src/db/database.ts'
import { LocalNotifier } from '../../src/db/notifier.ts'
import { createBatcher, type NewRun } from '../../src/runs/create-batch.ts'
import type { RunEvent } from '../../src/runs/event.ts'
import { RunHub } from '../../src/runs/hub.ts'
import { readEvents } from '../../src/runs/read-events.ts'
import { Recorder } from '../../src/runs/recorder.ts'
import { type Run, runJob, threadOrderKey } from '../../src/runs/run.ts'
import { newId } from '../../src/runtime/id.ts'
import { FactLog } from './fact-log.ts'
import { FakeClock } from './fake-clock.ts'
import { leaseMs } from './jobs.ts'
import { noBudgets } from './no-budgets.ts'
import { noOutbox } from './no-outbox.ts'

export const newRun = (given: Partial<Run> = {}): Run => ({
  id: newId('run'),
  tenantId: 'default',
  agent: 'echo',
  agentVersion: 1,
  threadId: null,
  jobId: newId('job'),
  status: 'queued',
  input: 'hello',
  output: null,
  error: null,
  inputTokens: 0,
  outputTokens: 0,
  costUsd: 0,
  attempt: 0,
  maxAttempts: 3,
  timeoutSeconds: null,
  metadata: {},
  webhook: null,
  traceParent: null,
  callerTools: null,
  outputSchema: null,
  toolCalls: null,
  parentRunId: null,
  keyId: null,
  scheduleId: null,
  chat: null,
  budget: null,
  settings: null,
  waitingSince: null,
  waitedMs: 0,
  createdAt: Date.parse('2026-03-01T12:00:00.000Z'),
  startedAt: null,
  finishedAt: null,
  ...given,
})

/** A run as createRun hands it to the batcher. */
export const toCreate = (run: Run, given: Partial<NewRun> = {}): NewRun => ({
  run,
  job: {
    id: run.jobId,
    tenantId: run.tenantId,
    ...runJob,
    payload: { run_id: run.id },
    maxAttempts: run.maxAttempts,
    orderKey: run.threadId === null ? null : threadOrderKey(run.threadId),
    handOffTo: null,
  },
  idempotency: null,
  onBusy: 'enqueue',
  ...given,
})

/** A run on disk whose attempt 1 this process holds, with its first event. */
export async function heldRun(database: Database, clock: FakeClock, given: Partial<Run> = {}): Promise<Run> {
  const run = newRun(given)
  const created = toCreate(run)
  const job = { ...created.job, handOffTo: 'wrk_test' }
  await createBatcher({ database, clock, leaseMs, outbox: noOutbox }).submit({ ...created, job })
  return run
}

/** Attempt 2 of a run, as if another worker had taken its job over. */
export const takeOver = (database: Database, { jobId }: Pick<Run, 'jobId'>) =>
  database.transaction(tx => tx.query(`update jobs set attempt = attempt + 1 where id = '${jobId}'`, []))

export async function readLog(database: Database, { id }: Pick<Run, 'id'>): Promise<RunEvent[]> {
  const events: RunEvent[] = []
  for (;;) {
    const page = await readEvents(database, id, events.at(-1)?.seq ?? 0, 500)
    events.push(...page)
    if (page.length < 500) return events.map(event => ({ ...event }))
  }
}

/** `<seq> <type>` and, where there is one, the text of each event. */
export const inShort = (events: RunEvent[]): string[] =>
  events.map(({ seq, type, data }) => [seq, type, JSON.parse(data).text].filter(part => part !== undefined).join(' '))

/** A recorder with its hub; stopped when the scope ends. */
export function recording(database: Database, clock = new FakeClock()) {
  const facts = new FactLog()
  const hub = new RunHub(new LocalNotifier())
  const recorder = new Recorder({ budgets: noBudgets, database, clock, hub, outbox: noOutbox, emit: facts.emit })
  recorder.start()
  const open = (run: Run, { attempt = 1, lastSeq = 1 } = {}) => recorder.openLog({ run, attempt, lastSeq })
  return { recorder, hub, facts, clock, open, [Symbol.asyncDispose]: () => recorder.stop() }
}
