import type { Actor, AppContext } from '../context.ts'
import { notFound } from '../errors.ts'
import { readRun } from './read-run.ts'
import type { Run } from './run.ts'

/** @throws AppError not_found, also for a run of another tenant */
export async function getRun({ database }: Pick<AppContext, 'database'>, actor: Actor, id: string): Promise<Run> {
  const run = await readRun(database, id)
  if (run?.tenantId !== actor.tenantId) throw notFound('run', id)
  return run
}
