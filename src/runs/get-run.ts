import { mayUse } from '../catalog/usable-agent.ts'
import type { Actor, AppContext } from '../context.ts'
import { notFound } from '../errors.ts'
import { readRun } from './read-run.ts'
import type { Run } from './run.ts'

/** @throws AppError not_found, also for a run of another tenant, or of an agent that the key is not for */
export async function getRun({ database }: Pick<AppContext, 'database'>, actor: Actor, id: string): Promise<Run> {
  const run = await readRun(database, id)
  if (run?.tenantId !== actor.tenantId || !mayUse(actor, run.agent)) throw notFound('run', id)
  return run
}
