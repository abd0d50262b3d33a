import { audit } from '../audit/audit.ts'
import type { Actor, AppContext } from '../context.ts'
import { AppError } from '../errors.ts'
import { getRun } from './get-run.ts'
import { isFinal } from './run.ts'
import { deleteRuns } from './sql/delete-runs.ts'

/** Deletes a run that has ended, with its log. @throws AppError not_found; conflict for one that has not ended */
export async function deleteRun(
  app: Pick<AppContext, 'clock' | 'database' | 'emit'>,
  actor: Actor,
  id: string,
): Promise<void> {
  const { status, agent } = await getRun(app, actor, id)
  if (!isFinal(status)) throw new AppError('conflict', `Run ${id} is ${status}: cancel it first.`)
  await app.database.transaction(async tx => {
    await deleteRuns(tx, [id])
    await audit(tx, actor, { action: 'run.deleted', target: { type: 'run', id }, details: { agent } }, app.clock.now())
  })
  app.emit('audit.recorded', { action: 'run.deleted' })
}
