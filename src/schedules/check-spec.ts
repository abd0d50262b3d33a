import { requireUsable } from '../catalog/usable-agent.ts'
import type { Actor, AppContext } from '../context.ts'
import { invalidField, notFound } from '../errors.ts'
import { checkInput } from '../runs/create-run.ts'
import { readThread } from '../threads/read-thread.ts'
import { scheduledAgent } from './fire-due.ts'
import { checkRule, type Rule } from './rule/rule.ts'
import { RuleError } from './rule/times.ts'
import type { ScheduleSpec } from './schedule.ts'

type Needs = Pick<AppContext, 'catalog' | 'database'>

/** What has to be right before a schedule is kept. @throws AppError invalid_request, not_found */
export async function checkSpec(app: Needs, actor: Actor, spec: ScheduleSpec): Promise<void> {
  checkFields(spec)
  requireUsable(actor, spec.agent)
  if ((await scheduledAgent(app, actor.tenantId, spec.agent)) === null) throw notFound('agent', spec.agent)
  if (spec.threadId !== null) await readThread(app, actor, spec.threadId)
}

/** What can be said without a database. @throws AppError invalid_request */
export function checkFields(spec: ScheduleSpec): void {
  explainRule(spec, () => checkRule({ ...spec, anchorAt: 0 }))
  const { startAt, endAt } = spec
  if (startAt !== null && endAt !== null && endAt <= startAt) {
    throw invalidField('/end_at', 'The end must come after the start.')
  }
  checkInput(spec.input)
}

/** Says what is wrong with a rule in the words of the API. @throws AppError invalid_request */
export function explainRule<T>(rule: Pick<Rule, 'cron'>, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof RuleError) throw invalidField(fieldOf(error, rule), error.message)
    throw error
  }
}

const fieldOf = ({ field }: RuleError, { cron }: Pick<Rule, 'cron'>): string =>
  field === 'timezone' ? '/timezone' : cron === null ? '/at' : '/cron'
