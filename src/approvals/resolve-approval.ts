import { describeIssues } from '../agents/tools/describe-issues.ts'
import { compileJsonSchema } from '../agents/tools/json-schema.ts'
import type { Decision } from '../agents/wait.ts'
import { actorName, audit } from '../audit/audit.ts'
import type { Actor, AppContext } from '../context.ts'
import type { Transaction } from '../db/database.ts'
import { AppError, invalidField } from '../errors.ts'
import { makeDue } from '../jobs/sql/make-due.ts'
import { lockJobs } from '../queue/sql/lock-jobs.ts'
import { queueTime } from '../queue/time.ts'
import { getRun } from '../runs/get-run.ts'
import { runJob } from '../runs/run.ts'
import type { RunOutbox } from '../runs/run-outbox.ts'
import type { Approval } from './approval.ts'
import { getApproval, pendingApprovals } from './read-approvals.ts'
import { endWait, settleApproval } from './settle-approval.ts'

export type ResolveContext = Pick<
  AppContext,
  'catalog' | 'clock' | 'database' | 'emit' | 'hub' | 'notifier' | 'worker'
> & {
  outbox: RunOutbox
}
type Needs = ResolveContext

/** Which decisions there are about each kind. */
const allowed: Readonly<Record<Approval['kind'], readonly Decision['action'][]>> = {
  approval: ['approve', 'deny', 'fail'],
  in_doubt: ['done', 'run_again', 'fail'],
  question: ['done', 'deny', 'fail'],
  client_tool: ['done', 'deny', 'fail'],
  child_run: ['deny', 'fail'],
}

/**
 * Writes a decision down; the run goes on once all that it waits for is decided.
 * @throws AppError not_found; invalid_request where it does not fit; conflict where it was decided already
 */
export async function resolveApproval(app: Needs, actor: Actor, id: string, decision: Decision): Promise<Approval> {
  const seen = await getApproval(app.database, actor, id)
  await check(app, seen, decision)
  const run = await getRun(app, actor, seen.runId)
  const { approval, goesOn } = await app.database.transaction(async tx => {
    // Whoever writes the log of a run holds its job.
    await lockJobs(tx, [run.jobId])
    const current = await getApproval(tx, actor, id)
    if (current.state !== 'pending') throw decided(current)
    const now = app.clock.now()
    await settleApproval(tx, current, { decision, by: actorName(actor), state: 'resolved', now, outbox: app.outbox })
    const goesOn = await resume(app, tx, run, now)
    const details = { run_id: run.id, tool: current.tool, kind: current.kind, action: decision.action }
    await audit(tx, actor, { action: 'approval.resolved', target: { type: 'approval', id }, details }, now)
    return { approval: await getApproval(tx, actor, id), goesOn }
  })
  app.emit('audit.recorded', { action: 'approval.resolved' })
  tellResolved(app, run.id, goesOn)
  return approval
}

/** Lets the run go on where nothing is left to wait for. */
export async function resume(
  app: Pick<AppContext, 'clock'>,
  tx: Transaction,
  run: { id: string; jobId: string },
  now: number,
): Promise<boolean> {
  if ((await pendingApprovals(tx, run.id)).length > 0) return false
  if (!(await endWait(tx, run.id, now))) return false
  // Not where an attempt has it just now, to see what has become overdue: that one goes on.
  await makeDue(tx, run.jobId, queueTime(tx, app.clock))
  return true
}

/** After the commit. */
export function tellResolved(
  app: Pick<Needs, 'hub' | 'notifier' | 'outbox' | 'worker'>,
  runId: string,
  goesOn: boolean,
) {
  app.outbox.wake()
  app.hub.hint(runId)
  if (!goesOn) return
  app.worker?.wake()
  app.notifier.publish('queue', runJob.queue)
}

async function check({ catalog }: Pick<Needs, 'catalog'>, approval: Approval, decision: Decision): Promise<void> {
  const { kind, state } = approval
  if (state !== 'pending') throw decided(approval)
  if (!allowed[kind].includes(decision.action)) {
    throw invalidField('/action', `Of ${kind}, it may be ${allowed[kind].join(', ')}.`)
  }
  if (decision.action === 'approve') {
    if (decision.input !== undefined) await fits(await inputSchema(catalog, approval), decision.input, '/input')
    await filledIn(approval, decision.answer, '/answer')
  }
  if (kind === 'question' && decision.action === 'done') await filledIn(approval, decision.output, '/output')
}

async function filledIn({ form }: Approval, answer: unknown, path: string): Promise<void> {
  if (form !== null) await fits(form, answer ?? {}, path)
  else if (answer !== undefined && path === '/answer') throw invalidField(path, 'Nothing is asked for.')
}

async function fits(schema: { [key: string]: unknown } | null, value: unknown, path: string): Promise<void> {
  if (schema === null) return
  const issues = (await compileJsonSchema(schema))(value)
  if (issues.length > 0) throw invalidField(path, describeIssues(issues))
}

/** As the tool is in the agent's present version; the tool itself checks its input again. */
async function inputSchema(catalog: Needs['catalog'], { tenantId, agent, tool }: Approval) {
  const known = await catalog.current(tenantId, agent)
  return known?.record.tools.find(({ name }) => name === tool)?.input_schema ?? null
}

const decided = ({ id, state }: Approval) => new AppError('conflict', `Approval ${id} is ${state} already.`)
