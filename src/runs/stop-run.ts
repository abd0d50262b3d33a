import type { Actor } from '../context.ts'
import { AppError } from '../errors.ts'
import { cancelRun } from './cancel-run.ts'

/** Cancels a run for a client that no longer wants it: one that has ended meanwhile is left as it is. */
export async function stopRun(app: Parameters<typeof cancelRun>[0], actor: Actor, id: string): Promise<void> {
  try {
    await cancelRun(app, actor, id)
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'conflict')) throw error
  }
}
